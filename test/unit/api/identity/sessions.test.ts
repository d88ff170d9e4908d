import { expect, it } from 'vitest';
import { cookieName, cookieOptions } from '../../../../src/api/identity/sessions.ts';

it('a cookie is of this very host and of all its paths, by its name, wherever it goes over TLS', () => {
  for (const which of ['session', 'login'] as const) {
    expect(cookieName(which, 'https://gantry.example')).toBe(`__Host-gantry_${which}`);
    // Browsers take no such name in the clear, which is of loopback only.
    expect(cookieName(which, 'http://127.0.0.1:8080')).toBe(`gantry_${which}`);
  }
  const secure = { httpOnly: true, sameSite: 'lax', path: '/', secure: true };
  expect(cookieOptions('https://gantry.example')).toEqual(secure);
  expect(cookieOptions('http://127.0.0.1:8080')).toEqual({ ...secure, secure: false });
});
