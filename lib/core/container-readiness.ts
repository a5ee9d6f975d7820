import { isReady, isStarted } from './judge-probe.ts';
import type { Container, Pod } from './kubernetes.ts';
import { probePlanOf } from './plan-probes.ts';
import { probesOf, type PodRecord } from './record.ts';
import type { ReadyRules } from './view.ts';

/**
 * Whether a running container is started and ready, by what its probes found. A probe that nobody runs is as if it were not there;
 * one that is run counts as failed until it succeeded once, as with the kubelet.
 */
export function readinessOf(
  pod: Pod,
  { name }: Container,
  record: PodRecord | undefined,
  rules: ReadyRules,
): { readonly started: boolean; readonly ready: boolean } {
  const plans = probePlanOf(pod, rules).filter(({ container }) => container === name);
  const found = (record === undefined ? undefined : probesOf(record)[name]) ?? {};
  return { started: isStarted(found, plans), ready: isReady(found, plans) && rules.podsReady };
}
