import {
  doubt,
  fault,
  judgeKnown,
  skipped,
  verdict,
  warning,
  type Finding,
  type Problem,
} from '../finding.ts';
import type { Endpoint, NetworkFacts, RouteTable, Subnet } from '../probes/probe-network.ts';
import type { Subject } from '../subject.ts';
import { egressOf, endpointFor, tableOf } from './find-egress.ts';
import { groupProblems } from './judge-security-groups.ts';

/** What the functions cannot do without. Their logs are taken by Lambda itself. */
const NEEDED = ['dynamodb', 'ecs', 's3', 'secretsmanager', 'sqs'] as const;
/** What they miss, and go on: notices about pods, and what is left of the Fargate quotas. */
const MISSED = ['events', 'monitoring', 'servicequotas'] as const;

/** Whether functions in a VPC reach AWS: they never have a public IPv4 address. */
export function judgeFunctionNetwork({ settings }: Subject, facts: NetworkFacts): readonly Finding[] {
  const { functionsVpc } = settings;
  const check = 'function-network';
  if (functionsVpc === undefined) return skipped(check, 'the functions are outside of any VPC');
  return judgeKnown(check, facts.subnets, (subnets) =>
    judgeKnown(check, facts.tables, (tables) =>
      judgeKnown(check, facts.endpoints, (endpoints) =>
        judgeKnown(check, facts.groups, (groups) => {
          const own = subnets.filter(({ id }) => functionsVpc.subnets.includes(id));
          const problems = [
            ...functionsVpc.subnets
              .filter((id) => own.every((subnet) => subnet.id !== id))
              .map((id) =>
                fault(
                  `${id} of functionSubnets is not there, in this account and Region`,
                  'aws ec2 describe-subnets',
                ),
              ),
            ...functionsVpc.securityGroups.flatMap((id) =>
              groupProblems(id, 'functionSecurityGroups', own[0]?.vpc, groups),
            ),
            ...own.flatMap((subnet) => wayProblems(subnet, functionsVpc.dualStack, tables, endpoints)),
          ];
          return verdict(check, problems, `${own.map(({ id }) => id).join(', ')} reach AWS`);
        }),
      ),
    ),
  );
}

function wayProblems(
  subnet: Subnet,
  isDualStack: boolean,
  tables: readonly RouteTable[],
  endpoints: readonly Endpoint[],
): readonly Problem[] {
  const table = tableOf(subnet, tables);
  const { kind, via } = egressOf(table, 'ipv4');
  const hasS3 = kind === 'nat' || endpointFor('s3', subnet, table, endpoints) !== undefined;
  if (isDualStack) return [...ipv6Problems(subnet, table), ...(hasS3 ? [] : [answerProblem(subnet)])];
  if (kind === 'nat') return [];
  const without = (services: readonly string[]): readonly string[] =>
    services.filter((service) => endpointFor(service, subnet, table, endpoints) === undefined);
  const needed = without(NEEDED);
  const missed = without(MISSED);
  if (needed.length + missed.length === 0) return [];
  if (kind === 'elsewhere')
    return [
      doubt(`${subnet.id}: traffic leaves through ${via}, and where that leads cannot be seen from here`),
    ];
  const way = kind === 'igw' ? 'an internet gateway, which takes no functions' : 'no route to the internet';
  const said = `${subnet.id} of functionSubnets has ${kind === 'gone' ? `a route to ${via}, which is gone` : way}`;
  if (needed.length === 0)
    return [
      warning(
        `${said}, and no VPC endpoint for ${missed.join(', ')}: notices are lost, and nodes show the configured CPU whatever the quota`,
        'add the endpoints, or use dual-stack subnets with functionDualStack: true',
      ),
    ];
  return [
    fault(
      `${said}, and no VPC endpoint for ${needed.join(', ')}`,
      'name subnets with a NAT gateway, add the endpoints, or use dual-stack subnets with functionDualStack: true',
    ),
  ];
}

/**
 * The address that CloudFormation gives a custom resource for its answer is one of S3 without IPv6, and signed, so that no other can be
 * asked.
 */
function answerProblem({ id }: Subnet): Problem {
  return fault(
    `${id} of functionSubnets has no way to S3 over IPv4: node-teardown could not answer CloudFormation, which waits for it when nodes are deployed and removed`,
    'add a gateway endpoint for S3 to its route table, which is free: aws ec2 create-vpc-endpoint --vpc-id <vpc> --service-name com.amazonaws.<region>.s3 --route-table-ids <table>',
  );
}

/** IPv6 leaves through an egress-only gateway, or an internet gateway: these addresses are public. */
function ipv6Problems(subnet: Subnet, table: RouteTable | undefined): readonly Problem[] {
  const fix = 'give it an IPv6 block and a route ::/0 to an egress-only internet gateway';
  if (!subnet.hasIpv6) return [fault(`${subnet.id} of functionSubnets has no IPv6 block`, fix)];
  const { kind, via } = egressOf(table, 'ipv6');
  if (kind === 'egressOnly' || kind === 'igw') return [];
  if (kind === 'elsewhere' || kind === 'nat')
    return [doubt(`${subnet.id}: IPv6 leaves through ${via}, and where that leads cannot be seen from here`)];
  return [fault(`${subnet.id} of functionSubnets has no route for IPv6 to the internet`, fix)];
}
