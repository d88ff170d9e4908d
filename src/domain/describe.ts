import type { Json, JsonObject } from './adapters.ts';

const short = (value: Json, longest: number): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
};

/** An action in one line: `./shopctl start blue` or `PUT http://127.0.0.1:4000/route slot=blue`. */
export function describeAction(kind: string, spec: JsonObject): string {
  const main = spec[kind] ?? null;
  if (Array.isArray(main)) return short(main.map((word: Json) => short(word, 80)).join(' '), 200);
  const { method, body } = spec;
  const members =
    body !== null && typeof body === 'object' && !Array.isArray(body)
      ? Object.entries(body).map(([key, value]) => `${key}=${short(value, 40)}`)
      : [];
  const verb = kind === 'http' ? `${typeof method === 'string' ? method : 'POST'} ` : `${kind} `;
  return short([`${verb}${short(main, 160)}`, ...members].join(' '), 200);
}

/** What a check asks for, in one line: `status 200, /release = 1.4.2`. */
export function describeThreshold(kind: string, spec: JsonObject): string {
  const { status, json, rate } = spec;
  const parts = [
    kind === 'command' ? 'exit 0' : '',
    kind === 'tcp' ? 'accepts connections' : '',
    kind === 'http' || kind === 'availability' ? `status ${status === undefined ? '2xx' : short(status, 40)}` : '',
    rate === undefined ? '' : `at ${short(rate, 10)}/s`,
    ...(json !== null && typeof json === 'object' && !Array.isArray(json)
      ? Object.entries(json).map(([pointer, value]) => `${pointer} = ${short(value, 80)}`)
      : []),
  ];
  return short(parts.filter((part) => part !== '').join(', '), 200);
}
