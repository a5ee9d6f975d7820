import { doubt, fault, verdict, warning, type Finding, type Problem } from '../finding.ts';
import type { Endpoint, RouteTable, SecurityGroup, Subnet } from '../probes/probe-network.ts';
import type { SubjectNode } from '../subject.ts';
import { admitsHttps, egressOf, endpointFor, tableOf } from './find-egress.ts';
import { effectiveGroups } from './judge-security-groups.ts';
import { tellOnce } from './tell-once.ts';

/** Everything that is known, at once. */
export interface Network {
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly endpoints: readonly Endpoint[];
  readonly groups: readonly SecurityGroup[];
}

/** What a task needs before its first container runs: images of ECR lie in S3, logs go to CloudWatch. */
const TASK_SERVICES = ['ecr.api', 'ecr.dkr', 's3', 'logs'] as const;

/** Whether the pods of each node get their images, and get rid of their logs. */
export function judgeRoutes(nodes: readonly SubjectNode[], network: Network): readonly Finding[] {
  const problems = nodes.flatMap((node) => {
    const own = network.subnets.filter(({ id }) => node.subnets.includes(id));
    if (own.length === 0) return [doubt(`no subnet of node ${node.name} is there, so that none has routes`)];
    return own.flatMap((subnet) => routeProblems(node, subnet, network));
  });
  const ways = network.subnets
    .filter(({ id }) => nodes.some(({ subnets }) => subnets.includes(id)))
    .map((subnet) => `${subnet.id} by ${describeWay(subnet, network)}`);
  return verdict('pod-routes', tellOnce(problems), ways.join(', '));
}

function describeWay(subnet: Subnet, { tables }: Network): string {
  const { via } = egressOf(tableOf(subnet, tables), 'ipv4');
  return via === '' ? 'VPC endpoints' : via;
}

/** Whether a task in the subnet gets its images, and gets rid of its logs. */
function routeProblems(node: SubjectNode, subnet: Subnet, network: Network): readonly Problem[] {
  const where = `node ${node.name}, ${subnet.id}`;
  const { kind, via } = egressOf(tableOf(subnet, network.tables), 'ipv4');
  switch (kind) {
    case 'nat':
      return [];
    case 'igw':
      return node.assignPublicIp ? [] : privateBehindIgw(node, subnet, network);
    case 'elsewhere':
      return [
        doubt(`${where}: traffic leaves through ${via}, and where that leads cannot be seen from here`),
      ];
    case 'gone':
      return [
        fault(
          `${where}: the default route leads to ${via}, which is gone`,
          'put a NAT gateway into the route',
        ),
      ];
    case 'egressOnly':
    case 'none':
      return endpointProblems(node, subnet, network);
  }
}

/** An internet gateway takes public addresses only: endpoints may still serve. */
function privateBehindIgw(node: SubjectNode, subnet: Subnet, network: Network): readonly Problem[] {
  const problems = endpointProblems(node, subnet, network);
  if (problems.every(({ status }) => status !== 'fault')) return problems;
  return [
    fault(
      `node ${node.name}, ${subnet.id}: its route leads to an internet gateway, which serves public addresses only, and pods have none: no image can be pulled`,
      'set assignPublicIp: true for the node, or name subnets with a NAT gateway or with VPC endpoints',
    ),
  ];
}

function endpointProblems(node: SubjectNode, subnet: Subnet, network: Network): readonly Problem[] {
  const table = tableOf(subnet, network.tables);
  const where = `node ${node.name}, ${subnet.id}`;
  const absent = TASK_SERVICES.filter(
    (service) => endpointFor(service, subnet, table, network.endpoints) === undefined,
  );
  if (absent.length > 0)
    return [
      fault(
        `${where}: there is no route to the internet, and no VPC endpoint for ${absent.join(', ')}: no task can start`,
        'add a NAT gateway, or the endpoints (interfaces with private DNS names; for s3 a gateway in the route table)',
      ),
    ];
  const groups = effectiveGroups(node, network.subnets, network.groups).map(({ id }) => id);
  const closed = TASK_SERVICES.flatMap((service) => {
    const endpoint = endpointFor(service, subnet, table, network.endpoints);
    const isOpen =
      endpoint === undefined ||
      endpoint.kind === 'gateway' ||
      admitsHttps(endpoint, { groups, cidr: subnet.cidr }, network.groups);
    return isOpen ? [] : [endpoint];
  });
  return [
    ...closed.map(({ id, service, securityGroups }) =>
      fault(
        `${where}: the endpoint ${id} for ${service} does not let HTTPS in from the pods`,
        `aws ec2 authorize-security-group-ingress --group-id ${securityGroups[0] ?? 'GROUP'} --protocol tcp --port 443 --cidr ${subnet.cidr}`,
      ),
    ),
    ...helperProblems(node, where),
  ];
}

/** The helper containers come from a public registry, for which there is no endpoint. */
function helperProblems({ helperImage }: SubjectNode, where: string): readonly Problem[] {
  if (helperImage !== undefined) return [];
  return [
    warning(
      `${where}: public.ecr.aws is not reached without the internet, and pods with files or several containers need the helper image from there`,
      'copy it and set helperImage (docs/operations.md, "Helper images")',
    ),
  ];
}
