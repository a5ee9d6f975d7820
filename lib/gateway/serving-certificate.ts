import { X509Certificate } from 'node:crypto';
import { makeKey, requestCertificate, selfSign, type Subject } from '../adapters/x509/make-certificate.ts';
import { failureOf, type FailureKind } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { CertificateRequests, RequestState, Signer } from '../ports/certificate-requests.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** What a TLS server shows for a node, in PEM. */
export interface ServingCertificate {
  readonly key: string;
  /** With the chain, if the signer gave one. */
  readonly certificate: string;
}

/** What keeping certificates needs. */
export interface CertificateDeps {
  readonly requests: CertificateRequests;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
  /** From 0 up to 1. Gateways of many clusters must not all renew at once. */
  readonly chance: () => number;
}

/** Whose certificate is kept. */
export interface CertifiedNode {
  readonly node: string;
  /** IPv4. */
  readonly address: string;
  readonly signer: Signer;
  /** Whether the gateway approves its own requests; else an administrator does. */
  readonly approves: boolean;
}

const MINUTE = 60_000;
/** A request is looked at so often in its first ten minutes, and less often while it waits on: it may wait for a day. */
const POLL_MS = { soon: 10_000, later: MINUTE, soonFor: 10 * MINUTE } as const;
/** After a failure: at first, and at most. Who said no would say it again: it is asked for another decision once a day at last. */
const BACK_OFF = { firstMs: MINUTE, mostMs: 30 * MINUTE, mostWhenRefusedMs: 24 * 60 * MINUTE } as const;
/** Failures after which a request may still be looked at: another one would only be one more to approve. */
const PASSING: ReadonlySet<FailureKind> = new Set(['transient', 'throttled', 'ambiguous']);
/** Renewed at this part of its life, and up to so much of it earlier, by chance. */
const RENEWED_AT = 2 / 3;
const JITTER = 0.1;
const SELF_SIGNED_DAYS = 365;

/**
 * A certificate of the node's own making, to begin with: API servers that are given no `--kubelet-certificate-authority` take any.
 * @param now it is good from a day before, for clocks that differ
 */
export function provisionalCertificate(
  { node, address }: Pick<CertifiedNode, 'node' | 'address'>,
  now: Instant,
): ServingCertificate {
  const key = makeKey();
  const day = 24 * 60 * MINUTE;
  const validity = { from: new Date(now - day), until: new Date(now + SELF_SIGNED_DAYS * day) };
  return { key: key.pem, certificate: selfSign(subjectOf(node, address), key, validity) };
}

/**
 * Has the node's certificate signed by the cluster, and renews it, until `signal` aborts. Meanwhile whatever was there before is served
 * on. Never rejects.
 * @param onIssued gets each certificate that is to be served from now on
 */
export async function keepCertificate(
  deps: CertificateDeps,
  of: CertifiedNode,
  onIssued: (certificate: ServingCertificate) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock, telemetry } = deps;
  for (let failures = 0; !signal.aborted;) {
    try {
      const issued = await obtain(deps, of, signal);
      if (issued === undefined) return;
      onIssued(issued.serving);
      const renewAt = renewalOf(issued.parsed, deps.chance());
      const { node, signer } = of;
      const fields = { node, signer, until: issued.parsed.validTo, renewAt: new Date(renewAt).toISOString() };
      telemetry.info('A serving certificate was issued', fields);
      failures = 0;
      await clock.sleep(Math.max(renewAt, clock.now() + MINUTE), signal);
    } catch (thrown) {
      const most = thrown instanceof RefusedError ? BACK_OFF.mostWhenRefusedMs : BACK_OFF.mostMs;
      const waitMs = Math.min(BACK_OFF.firstMs * 2 ** Math.min(failures, 11), most);
      failures += 1;
      const fields = { node: of.node, signer: of.signer, failure: failureOf(thrown), againInMs: waitMs };
      telemetry.warn('No serving certificate was issued; the one before is served on', fields);
      await clock.sleep(clock.now() + waitMs, signal);
    }
  }
}

interface Issued {
  readonly serving: ServingCertificate;
  readonly parsed: X509Certificate;
}

/** Somebody said no, or the signer would not. */
class RefusedError extends Error {}

/** One request to its end; `undefined` when the time was up. Throws when it was refused. */
async function obtain(
  deps: CertificateDeps,
  of: CertifiedNode,
  signal: AbortSignal,
): Promise<Issued | undefined> {
  const key = makeKey();
  const csr = requestCertificate(subjectOf(of.node, of.address), key);
  const name = await deps.requests.ask({ node: of.node, signer: of.signer, csr });
  const certificate = await waitFor(deps, of, name, signal);
  if (certificate === undefined) return undefined;
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(key.privateKey))
    throw new Error(`The certificate of the request ${name} is for another key`);
  return { serving: { key: key.pem, certificate }, parsed };
}

async function waitFor(
  deps: CertificateDeps,
  of: CertifiedNode,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { clock } = deps;
  const begun = clock.now();
  for (let isTold = false; !signal.aborted;) {
    const state = await lookPatiently(deps, name, of.node);
    switch (state?.kind) {
      case undefined:
        break;
      case 'issued':
        return state.certificate;
      case 'refused':
        throw new RefusedError(`The request ${name} was refused: ${state.why}`);
      case 'gone':
        throw new Error(`The request ${name} was removed before anybody approved it`);
      case 'pending':
        isTold = (await attend(deps, of, name, state.isApproved || isTold)) || isTold;
    }
    const isSoon = clock.now() - begun < POLL_MS.soonFor;
    await clock.sleep(clock.now() + (isSoon ? POLL_MS.soon : POLL_MS.later), signal);
  }
  return undefined;
}

/** `undefined`: the API server cannot say it for now. */
async function lookPatiently(
  { requests }: CertificateDeps,
  name: string,
  node: string,
): Promise<RequestState | undefined> {
  try {
    return await requests.look(name, node);
  } catch (thrown) {
    if (PASSING.has(failureOf(thrown).kind)) return undefined;
    throw thrown;
  }
}

/** Approves a request, or says once who must. Returns whether there is nothing more to be said. */
async function attend(
  { requests, telemetry }: CertificateDeps,
  { node, approves }: CertifiedNode,
  name: string,
  isDone: boolean,
): Promise<boolean> {
  if (isDone) return true;
  if (approves && (await requests.approve(name)) !== 'forbidden') return false;
  telemetry.warn('A request for a serving certificate waits for an administrator', {
    node,
    request: name,
    wayOut: `kubectl certificate approve ${name}; until then the certificate before, or a self-signed one, is served`,
    ...(approves && { why: 'the gateway has no right to approve it: apply the rendered bootstrap again' }),
  });
  return true;
}

/** The identity of a kubelet, which the signer of Kubernetes insists on; the API server verifies the address only. */
function subjectOf(node: string, address: string): Subject {
  return { commonName: `system:node:${node}`, organisations: ['system:nodes'], hosts: [address] };
}

function renewalOf({ validFromDate, validToDate }: X509Certificate, chance: number): Instant {
  const life = validToDate.getTime() - validFromDate.getTime();
  return validFromDate.getTime() + life * (RENEWED_AT - JITTER * chance);
}
