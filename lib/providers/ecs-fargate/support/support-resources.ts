import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { parseQuantity } from '../../../core/parse-quantity.ts';
import {
  emulated,
  fault,
  judgeFields,
  rejected,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type Requirements = Wire<V1ResourceRequirements>;

const KNOWN = ['cpu', 'memory', 'ephemeral-storage'];

/** `resources` of a container or of the pod. */
export const RESOURCES_SUPPORT = {
  claims: rejected('Fargate has no devices: take the claim out.'),
  limits: emulated(
    'Memory is a hard limit, but not where the containers would have more than the task together: init containers then have no limit of their own, and in a pod with a smaller limit of its own memory is only reserved. CPU is limited by the size of the task only, which the requests choose: a limit above it is never reached. ephemeral-storage above 20 GiB enlarges the disk of the task (200 GiB at most), which all containers share: it is not enforced.',
    judgeQuantities,
  ),
  requests: emulated(
    'The sum over the containers chooses the smallest Fargate size that fits; CPU is also the share of the container within its task.',
    judgeQuantities,
  ),
} satisfies SupportTable<Requirements>;

/** `resources`, with every resource that Fargate does not have. */
export function judgeResources(resources: Requirements, place: Place): readonly Finding[] {
  return judgeFields(RESOURCES_SUPPORT, resources, place);
}

/** A list of quantities by resource name. */
export function judgeQuantities(list: Readonly<Record<string, string>>, place: Place): readonly Finding[] {
  return Object.entries(list).flatMap(([name, quantity]) => {
    const path = /^\w+$/.test(name) ? `${place.path}.${name}` : `${place.path}["${name}"]`;
    const amount = parseQuantity(quantity);
    if (amount === undefined || amount < 0n) return [fault(path, `${quantity} is not a quantity.`)];
    if (KNOWN.includes(name) || amount === 0n) return [];
    return [fault(path, `Fargate has no ${name}; it has ${KNOWN.join(', ')}. Run this pod on another node.`)];
  });
}
