import type { Container, PodSpec } from './kubernetes.ts';
import { parseQuantity, quantityIn } from './parse-quantity.ts';

type Amounts = Readonly<Record<string, string>> | undefined;

/**
 * The vCPU that the scheduler takes off its node for a pod: what its app containers and sidecars ask for together, or one init container
 * with the sidecars that were started before it, whichever is more; what the pod asks for as a whole stands in for that; then its
 * overhead (Kubernetes: "Init Containers", "Resource sharing within containers").
 */
export function requestedVcpu(spec: PodSpec): number {
  const whole = spec.resources?.requests?.['cpu'];
  const milli = whole === undefined ? largest(spec) : inMilli(whole);
  return (milli + milliOf(spec.overhead)) / 1000;
}

function largest({ containers, initContainers = [] }: PodSpec): number {
  let sidecars = 0;
  let most = 0;
  for (const container of initContainers) {
    const own = requestOf(container);
    most = Math.max(most, sidecars + own);
    if (container.restartPolicy === 'Always') sidecars += own;
  }
  const apps = containers.reduce((sum, container) => sum + requestOf(container), 0);
  return Math.max(most, sidecars + apps);
}

function requestOf({ resources }: Container): number {
  return milliOf(resources?.requests);
}

function milliOf(amounts: Amounts): number {
  return inMilli(amounts?.['cpu'] ?? '0');
}

function inMilli(text: string): number {
  return quantityIn(parseQuantity(text) ?? 0n, 'milli');
}
