import type { Instant } from '../../core/kubernetes.ts';
import type { Fields } from '../../ports/telemetry.ts';
import type { Api } from './call-api.ts';
import type { TokenLife, TokenSecret } from './parse-token-secret.ts';
import { boundTokenOf, tokenCall } from './request-token.ts';

/** What is asked for. EKS gives no more, and any API server may give less: the life that was given counts. */
const LIFE_SECONDS = 24 * 3600;

/** Whether half of the life is over; of a token that does not tell its life, always. */
export function isRenewalDue({ life }: TokenSecret, now: Instant): boolean {
  return life === undefined || now >= life.issuedAt + (life.expiresAt - life.issuedAt) / 2;
}

/** Asks for the successor: whoever shows a token of the account may, if RBAC lets it. @throws FailureError */
export async function mintToken(
  api: Pick<Api, 'call'>,
  { namespace, name }: TokenSecret,
  now: Instant,
): Promise<{ readonly token: string; readonly life: TokenLife }> {
  const { body } = await api.call(tokenCall(namespace, name, { expirationSeconds: LIFE_SECONDS }));
  const { token, expiresAt } = boundTokenOf(body);
  return { token, life: { issuedAt: now, expiresAt } };
}

/** What the log may say of a token. */
export function describeToken({ namespace, name, life }: TokenSecret): Fields {
  const account = { serviceAccount: `${namespace}/${name}` };
  if (life === undefined) return account;
  const lifeMinutes = Math.round((life.expiresAt - life.issuedAt) / 60_000);
  return { ...account, expiresAt: new Date(life.expiresAt).toISOString(), lifeMinutes };
}

/** Whether a renewal that failed needs a person, whatever the reason: it has failed for half of the time that there was for it. */
export function isRenewalUrgent(secret: TokenSecret | undefined, now: Instant): boolean {
  const life = secret?.life;
  return life !== undefined && now >= life.expiresAt - (life.expiresAt - life.issuedAt) / 4;
}
