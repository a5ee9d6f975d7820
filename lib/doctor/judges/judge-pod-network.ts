import type { Fact } from '../fact.ts';
import { judgeKnown, type Finding } from '../finding.ts';
import type { NetworkFacts } from '../probes/probe-network.ts';
import type { Subject } from '../subject.ts';
import { judgeRoutes, type Network } from './judge-pod-routes.ts';
import { judgeSubnets } from './judge-pod-subnets.ts';
import { judgeGroups } from './judge-security-groups.ts';

/** Whether the nodes name subnets and groups that fit together, and whether their pods reach what they need. */
export function judgePodNetwork({ settings }: Subject, facts: NetworkFacts): readonly Finding[] {
  const { nodes } = settings;
  return [
    ...judgeKnown('pod-subnets', facts.subnets, (subnets) => judgeSubnets(nodes, subnets)),
    ...judgeKnown('security-groups', both(facts.subnets, facts.groups), ([subnets, groups]) =>
      judgeGroups(nodes, subnets, groups),
    ),
    ...judgeKnown('pod-routes', all(facts), (network) => judgeRoutes(nodes, network)),
  ];
}

function both<A, B>(one: Fact<A>, other: Fact<B>): Fact<readonly [A, B]> {
  if (one.kind === 'unknown') return one;
  return other.kind === 'unknown' ? other : { kind: 'known', value: [one.value, other.value] };
}

function all({ subnets, tables, endpoints, groups }: NetworkFacts): Fact<Network> {
  const joined = both(both(subnets, tables), both(endpoints, groups));
  if (joined.kind === 'unknown') return joined;
  const [[known, routed], [reached, admitted]] = joined.value;
  return { kind: 'known', value: { subnets: known, tables: routed, endpoints: reached, groups: admitted } };
}
