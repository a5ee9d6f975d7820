/** A text that is in every token made here: nothing that people may read contains it. */
export const CANARY = 'c4nary-of-a-token';

/** A JWT of the service account `lambdalet/lambdalet-prod`, as an API server signs them, with a signature of nobody. */
export function aToken(claims: Readonly<Record<string, unknown>>): string {
  const payload = { sub: 'system:serviceaccount:lambdalet:lambdalet-prod', ...claims };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256' })}.${encode(payload)}.${CANARY}`;
}
