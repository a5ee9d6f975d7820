import { X509Certificate } from 'node:crypto';
import type { Access } from '../../adapters/kubernetes/identity.ts';
import type { TokenLife } from '../../adapters/kubernetes/parse-token-secret.ts';
import { toTime, type Instant } from '../../core/kubernetes.ts';
import { fault, warning, type Problem } from '../finding.ts';

/** A credential that nobody renews is told of so long before. */
const SOON_MS = 30 * 86_400_000;
/** A token that renews itself is renewed at half of its life. */
const LATE = 0.75;

/** What is wrong with the life of a token that renews itself. */
export function lifeProblems(life: TokenLife | undefined, now: Instant): readonly Problem[] {
  if (life === undefined) return [];
  const { issuedAt, expiresAt } = life;
  const fix =
    'kubectl -n lambdalet-<cluster> create token .. and put it into the secret (docs/identity.md, "Rotation by hand, and a secret that is lost")';
  if (expiresAt <= now) return [fault(`the token has ended at ${toTime(expiresAt)}`, fix)];
  const isBehind = now - issuedAt > LATE * (expiresAt - issuedAt);
  return isBehind
    ? [warning(`the token ends at ${toTime(expiresAt)}, and was not renewed at half of its life`, fix)]
    : [];
}

/** What is wrong with the end of a credential that a person renews. */
export function endProblems(access: Access, now: Instant): readonly Problem[] {
  const end = endOf(access);
  if (end === undefined || end - now > SOON_MS) return [];
  const fix =
    'put a kubeconfig with a new credential into the secret, or use identityMode token, which renews itself';
  if (end <= now) return [fault(`the credential has ended at ${toTime(end)}`, fix)];
  return [warning(`the credential ends at ${toTime(end)}`, fix)];
}

/** When the client certificate, or the token as far as it says that, ends. */
function endOf({ endpoint, headers }: Access): Instant | undefined {
  const ends = [certificateEnd(endpoint.cert), tokenEnd(String(headers['authorization'] ?? ''))];
  const known = ends.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function certificateEnd(pem: string | undefined): Instant | undefined {
  return pem === undefined ? undefined : Date.parse(new X509Certificate(pem).validTo);
}

/** The claim `exp` of a JWT, in seconds; other tokens say nothing. */
function tokenEnd(header: string): Instant | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(header.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { exp } = claims as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
