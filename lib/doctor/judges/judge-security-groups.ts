import { doubt, fault, verdict, type Finding, type Problem } from '../finding.ts';
import type { SecurityGroup, Subnet } from '../probes/probe-network.ts';
import type { SubjectNode } from '../subject.ts';
import { letsHttpsOut } from './find-egress.ts';
import { tellOnce } from './tell-once.ts';

const FIND_GROUPS =
  "aws ec2 describe-security-groups --query 'SecurityGroups[].[GroupId,GroupName,VpcId]' --output table";

/** Whether the groups are there, in the VPC of their subnets, and let pods out to what they need. */
export function judgeGroups(
  nodes: readonly SubjectNode[],
  subnets: readonly Subnet[],
  groups: readonly SecurityGroup[],
): readonly Finding[] {
  const problems = nodes.flatMap((node) => {
    const vpc = vpcOf(node, subnets);
    const named = [
      ...node.securityGroups,
      ...(node.allow ?? []).flatMap((rule) => rule.securityGroups ?? []),
    ];
    return [
      ...[...new Set(named)].flatMap((id) => groupProblems(id, `node ${node.name}`, vpc, groups)),
      ...(vpc === undefined
        ? [doubt(`of which VPC the groups of node ${node.name} must be is not known`)]
        : []),
      ...closedProblems(node, effectiveGroups(node, subnets, groups)),
    ];
  });
  const names = [...new Set(nodes.flatMap(({ securityGroups }) => securityGroups))];
  const good = names.length === 0 ? 'the default group of the VPC' : `${names.join(', ')} fit their subnets`;
  return verdict('security-groups', tellOnce(problems), good);
}

/** Rules of groups add up: it takes one that lets HTTPS out. */
function closedProblems({ name }: SubjectNode, own: readonly SecurityGroup[]): readonly Problem[] {
  const [first] = own;
  if (first === undefined || own.some(letsHttpsOut)) return [];
  return [
    fault(
      `${own.map(({ id }) => id).join(', ')} let no HTTPS out: pods of node ${name} cannot pull images or write logs`,
      `aws ec2 authorize-security-group-egress --group-id ${first.id} --protocol tcp --port 443 --cidr 0.0.0.0/0`,
    ),
  ];
}

/** A security group that is not there, or is of another VPC. */
export function groupProblems(
  id: string,
  user: string,
  vpc: string | undefined,
  groups: readonly SecurityGroup[],
): readonly Problem[] {
  const group = groups.find((one) => one.id === id);
  if (group === undefined)
    return [fault(`${id} of ${user} is not there, in this account and Region`, FIND_GROUPS)];
  if (vpc === undefined || group.vpc === vpc) return [];
  return [
    fault(
      `${id} of ${user} is in ${group.vpc}, and its subnets are in ${vpc}: allowed is one VPC`,
      FIND_GROUPS,
    ),
  ];
}

function vpcOf({ subnets }: SubjectNode, known: readonly Subnet[]): string | undefined {
  return known.find(({ id }) => subnets.includes(id))?.vpc;
}

/** The groups that the pods of a node have: the default one of the VPC where none is named. */
export function effectiveGroups(
  node: SubjectNode,
  subnets: readonly Subnet[],
  groups: readonly SecurityGroup[],
): readonly SecurityGroup[] {
  const vpc = vpcOf(node, subnets);
  if (node.securityGroups.length > 0) return groups.filter(({ id }) => node.securityGroups.includes(id));
  return groups.filter((group) => group.isDefault && group.vpc === vpc);
}
