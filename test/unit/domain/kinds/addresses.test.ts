import { describe, expect, it } from 'vitest';
import { addressesIn } from '../../../../src/domain/kinds/addresses.ts';

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:4000/route', 'localhost:4000'],
    ['HTTP://LocalHost:4000', 'localhost:4000'],
    ['http://localhost.:4000/', 'localhost:4000'],
    ['http://[::1]:4000/', 'localhost:4000'],
    ['http://[0:0:0:0:0:0:0:1]:4000/', 'localhost:4000'],
    ['http://[::ffff:127.0.0.1]:4000/', 'localhost:4000'],
    ['http://127.1:4000/', 'localhost:4000'],
    ['http://2130706433:4000/', 'localhost:4000'],
    ['http://0x7f.0.0.1:04000/', 'localhost:4000'],
    ['http://0.0.0.0:4000/', 'localhost:4000'],
    ['http://shop.localhost:4000/', 'localhost:4000'],
    ['http:///127.0.0.1:4000/', 'localhost:4000'],
    ['http:\\\\127.0.0.1:4000\\route', 'localhost:4000'],
    ['http://127.0.0.1:40\t00/', 'localhost:40'],
    ['http://someone:secret@shop.example:8080/x', 'shop.example:8080'],
    ['http://Shop.Example./', 'shop.example:80'],
    ['http://shop.example:80', 'shop.example:80'],
    ['https://shop.example/', 'shop.example:80'],
    ['https://shop.example:443?x', 'shop.example:80'],
    ['wss://shop.example', 'shop.example:80'],
    ['https://shop.example:8443/', 'shop.example:8443'],
    ['http://[::ffff:10.0.0.7]/', '10.0.0.7:80'],
    ['http://bücher.example/', 'xn--bcher-kva.example:80'],
    ['postgres://db.example/shop', 'db.example:5432'],
    ['postgresql://shop@db.example:5432/shop', 'db.example:5432'],
    ['tcp://10.0.0.7:80', '10.0.0.7:80'],
    ['grpc://shop.example', 'shop.example:grpc'],
    ['10.0.0.7:5432', '10.0.0.7:5432'],
    ['[::1]:5432', 'localhost:5432'],
    ['localhost:05432', 'localhost:5432'],
    ['DB.example.:5432', 'db.example:5432'],
    ['--server=db.example:5432', 'db.example:5432'],
    ['deploy@db.example:22', 'db.example:22'],
    ['curl -X PUT http://shop.example:4000/route', 'shop.example:4000'],
    ["fetch('http://shop.example:4000/route')", 'shop.example:4000'],
    ['-Dproxy=http://shop.example:4000,nothing', 'shop.example:4000'],
  ])('%j is %s', (text, address) => expect(addressesIn(text, 'evident')).toEqual([address]));

  it.each([
    '',
    'shop.example',
    '4000',
    '8080:80',
    'postgres:16',
    '1.4.2',
    'sha256:4000',
    '09:30',
    'http://',
    'a:b@c',
    '::1',
  ])('%j is none', (text) => expect(addressesIn(text, 'evident')).toEqual([]));

  it('of a host without a dot is one where nothing else can be meant', () => {
    expect(addressesIn('db:5432', 'any')).toEqual(['db:5432']);
    expect(addressesIn('db:5432', 'evident')).toEqual([]);
    expect(addressesIn('DB.:5432', 'any')).toEqual(['db:5432']);
    expect(addressesIn('http://db:5432/', 'evident')).toEqual(['db:5432']);
  });

  it('is found in a time that grows with the text alone', () => {
    for (const text of ['a.', 'a:', 'a://', 'http://a@', '[', '[:', 'a-', '1.1.1.', 'a.b:1@', '/', 'localhost:1.'])
      for (const hosts of ['evident', 'any'] as const) {
        const began = performance.now();
        addressesIn(text.repeat(200_000 / text.length), hosts);
        expect(performance.now() - began, `${text} ${hosts}`).toBeLessThan(2_000);
      }
  });

  it('is searched for at each colon, not wherever a scheme could begin', () => {
    const min = (text: string) => {
      const times = Array.from({ length: 7 }, () => {
        const began = performance.now();
        addressesIn(text, 'any');
        return performance.now() - began;
      });
      return Math.min(...times);
    };
    expect(min(`${'a.'.repeat(500_000)} x:1`)).toBeLessThan(8 * min(`${'abc '.repeat(250_000)} x:1`));
  });

  it('is read behind however much user info', () => {
    expect(addressesIn(`http://${'x'.repeat(9_000)}:y@shop.example:4000/`, 'evident')).toEqual(['shop.example:4000']);
  });

  it('stands beside others in one text, each once', () => {
    const text = 'http://a.example/ and b.example:1, HTTP://A.example:80/x; https://c.example';
    expect(addressesIn(text, 'evident')).toEqual(['a.example:80', 'c.example:80', 'b.example:1']);
  });
});
