import type { Workload } from './find-workloads.ts';
import { listAt, stepsOf } from './read-path.ts';

/** Why a pod has a host name that nobody wrote into its template. */
const HOSTNAME_REASONS: Readonly<Record<string, string>> = {
  StatefulSet: 'spec.serviceName',
  Job: 'spec.completionMode',
  CronJob: 'spec.jobTemplate.spec.completionMode',
};

/**
 * The path of a pod's field where it stands in the manifest: below the template of what makes the pod, and for the volume of a
 * claim template the template itself.
 */
export function inManifest(workload: Workload, path: string): string {
  const template = claimTemplateAt(workload, path);
  const reason = HOSTNAME_REASONS[workload.kind];
  if (path === 'spec.hostname' && reason !== undefined && workload.template.spec['hostname'] === undefined)
    return reason;
  if (template !== undefined) return `spec.volumeClaimTemplates[${template}]`;
  return /^(spec|metadata)\b/.test(path) ? `${workload.prefix}${path}` : path;
}

/** A StatefulSet's controller adds the volumes of its claim templates after those of the pod template. */
function claimTemplateAt({ template, claimTemplates }: Workload, path: string): number | undefined {
  const [first, list, index] = stepsOf(path);
  if (first !== 'spec' || list !== 'volumes' || typeof index !== 'number') return undefined;
  const number = index - listAt(template.spec, ['volumes']).length;
  return number >= 0 && number < claimTemplates.length ? number : undefined;
}
