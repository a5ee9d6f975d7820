import { vcpuOf } from '../../core/node-quota.ts';
import { fault, verdict, warning, type Finding, type Problem } from '../finding.ts';
import type { Subnet } from '../probes/probe-network.ts';
import type { SubjectNode } from '../subject.ts';
import { tellOnce } from './tell-once.ts';

const FIND_SUBNETS =
  "aws ec2 describe-subnets --query 'Subnets[].[SubnetId,VpcId,AvailabilityZone]' --output table";

/** Whether the subnets are there, together in one VPC, where the nodes say, and large enough. */
export function judgeSubnets(nodes: readonly SubjectNode[], known: readonly Subnet[]): readonly Finding[] {
  const problems = [
    ...missing(nodes, known),
    ...nodes.flatMap((node) => [...placeProblems(node, known), ...addressProblems(node, known)]),
  ];
  const vpcs = [...new Set(known.map(({ vpc }) => vpc))];
  const free = known.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  return verdict(
    'pod-subnets',
    tellOnce(problems),
    `${known.length} in ${vpcs.join(', ')}, with ${free} free addresses`,
  );
}

function missing(nodes: readonly SubjectNode[], known: readonly Subnet[]): readonly Problem[] {
  return [...new Set(nodes.flatMap(subnetsNamedBy))]
    .filter((id) => known.every((subnet) => subnet.id !== id))
    .map((id) => {
      const users = nodes.filter((node) => subnetsNamedBy(node).includes(id)).map(({ name }) => name);
      return fault(`${id} of ${users.join(', ')} is not there, in this account and Region`, FIND_SUBNETS);
    });
}

function placeProblems(node: SubjectNode, known: readonly Subnet[]): readonly Problem[] {
  const own = known.filter(({ id }) => subnetsNamedBy(node).includes(id));
  const vpcs = [...new Set(own.map(({ vpc }) => vpc))];
  const { zone } = node;
  return [
    ...(vpcs.length > 1
      ? [
          fault(
            `the subnets of node ${node.name} are in ${vpcs.join(' and ')}: allowed is one VPC, because a task has one set of security groups`,
            'make a node for each VPC',
          ),
        ]
      : []),
    ...(zone === undefined
      ? []
      : own
          .filter((subnet) => node.subnets.includes(subnet.id) && subnet.zone !== zone)
          .map((subnet) =>
            fault(
              `${subnet.id} is in ${subnet.zone}, and node ${node.name} says ${zone}: the label of the node would be wrong`,
              `put it under zones: ${subnet.zone}`,
            ),
          )),
  ];
}

function addressProblems(node: SubjectNode, known: readonly Subnet[]): readonly Problem[] {
  const own = known.filter(({ id }) => node.subnets.includes(id));
  const free = own.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  const pods = vcpuOf(node.capacity.pods);
  if (own.length === 0 || free >= pods) return [];
  const ids = own.map(({ id }) => id).join(', ');
  if (free === 0)
    return [
      fault(`${ids} of node ${node.name} have no free address: no pod can start`, 'name larger subnets'),
    ];
  return [
    warning(
      `node ${node.name} shows room for ${pods} pods, and its subnets have ${free} free addresses: pods above them wait`,
      `set pods: ${free} for the node, or name more subnets`,
    ),
  ];
}

/** The subnets of a node, and those that its rules let pods choose. */
function subnetsNamedBy({ subnets, allow = [] }: SubjectNode): readonly string[] {
  return [...new Set([...subnets, ...allow.flatMap((rule) => rule.subnets ?? [])])];
}
