import { namesOf } from '../../../infra/names.ts';
import { KUBELET_PORT } from '../../core/node-endpoint.ts';
import { listAt, read, textOf } from '../../local/explain/read-path.ts';
import type { Fact } from '../fact.ts';
import { doubt, fault, judgeKnown, skipped, verdict, type Finding, type Problem } from '../finding.ts';
import type { NodeState } from '../probes/probe-cluster.ts';
import type { GatewayFacts, GatewayService } from '../probes/probe-gateway.ts';
import type { Subject } from '../subject.ts';

const OFF = 'the file has no gateway';

/** Whether the gateway runs, the Nodes lead to it, and the pods are measured; without a gateway, what that means. */
export function judgeGateway(
  subject: Subject,
  { service, insights }: GatewayFacts,
  nodes: Fact<readonly NodeState[]>,
): readonly Finding[] {
  if (service === undefined || insights === undefined)
    return [
      ...skipped(
        'gateway',
        `${OFF}: kubectl logs and exec are refused with a hint, and lambdalet logs does without it; to switch it on set gateway (docs/gateway.md)`,
      ),
      ...skipped('gateway-addresses', OFF),
      ...skipped('container-insights', `${OFF}: kubectl top has no numbers`),
    ];
  return [
    ...judgeKnown('gateway', service, (known) => judgeService(subject, known)),
    ...judgeKnown('gateway-addresses', service, (known) => judgeAddresses(subject, known, nodes)),
    ...judgeKnown('container-insights', insights, (known) => judgeInsights(subject, known)),
  ];
}

function judgeService({ settings }: Subject, service: GatewayService | undefined): readonly Finding[] {
  const { gateway: name, gatewayLogGroup } = namesOf(settings);
  if (service === undefined) return skipped('gateway', `not deployed yet: there is no ECS service ${name}`);
  const { wanted, running, lastEvent, stoppedReason } = service;
  const look = `aws logs tail ${gatewayLogGroup}; aws ecs describe-services --cluster ${name} --services ${name}`;
  if (wanted === 0)
    return verdict(
      'gateway',
      [
        fault(
          `the ECS service ${name} wants no task: kubectl logs does not work`,
          `aws ecs update-service --cluster ${name} --service ${name} --desired-count 1`,
        ),
      ],
      '',
    );
  const words = [
    ...(stoppedReason === undefined ? [] : [`; a task stopped: ${stoppedReason}`]),
    ...(lastEvent === undefined ? [] : [`; last event: ${lastEvent}`]),
  ].join('');
  const missing = `the ECS service ${name} runs ${running} of ${wanted} tasks${words}`;
  return verdict('gateway', running < wanted ? [fault(missing, look)] : [], `${running} of ${wanted} tasks`);
}

function judgeAddresses(
  subject: Subject,
  service: GatewayService | undefined,
  nodes: Fact<readonly NodeState[]>,
): readonly Finding[] {
  if (service === undefined) return skipped('gateway-addresses', 'not deployed yet');
  const { addresses } = service;
  if (addresses.length === 0)
    return verdict('gateway-addresses', [doubt('no task of the gateway runs at an address')], '');
  return judgeKnown('gateway-addresses', nodes, (known) => {
    const problems = known.flatMap((one) => addressProblems(subject, one, addresses));
    return verdict('gateway-addresses', problems, `the Nodes lead to ${addresses.join(', ')}`);
  });
}

/** A Node that is not there is a matter of the check of nodes. */
function addressProblems(
  { settings }: Subject,
  { name, node }: NodeState,
  addresses: readonly string[],
): readonly Problem[] {
  if (node === undefined) return [];
  const { gateway, gatewayLogGroup } = namesOf(settings);
  const fix = `aws logs tail ${gatewayLogGroup}; then aws ecs update-service --cluster ${gateway} --service ${gateway} --force-new-deployment`;
  const internal = listAt(node, ['status', 'addresses']).find((one) => read(one, ['type']) === 'InternalIP');
  const address = textOf(read(internal, ['address']), 'none');
  const port = Number(read(node, ['status', 'daemonEndpoints', 'kubeletEndpoint', 'Port']) ?? 0);
  const wanted = KUBELET_PORT + settings.nodes.findIndex((one) => one.name === name);
  return [
    ...(addresses.includes(address)
      ? []
      : [
          fault(
            `node ${name}: its InternalIP is ${address}, and the gateway is at ${addresses.join(', ')}`,
            fix,
          ),
        ]),
    ...(port === wanted
      ? []
      : [fault(`node ${name}: its kubelet port is ${port}: the gateway serves it at ${wanted}`, fix)]),
  ];
}

function judgeInsights({ settings }: Subject, value: string | undefined): readonly Finding[] {
  const { ecsCluster } = namesOf(settings);
  const isWanted = settings.gateway?.containerInsights === true;
  if (value === undefined)
    return skipped('container-insights', `there is no ECS cluster ${ecsCluster} of the pods yet`);
  if (value !== 'disabled')
    return verdict('container-insights', [], `${value} in ${ecsCluster}: kubectl top has numbers`);
  const off = `Container Insights is off in ${ecsCluster}: kubectl top has no numbers`;
  if (!isWanted)
    return skipped(
      'container-insights',
      `${off}, as the file says; it is switched on as docs/metrics.md says`,
    );
  const fix = `aws ecs update-cluster-settings --cluster ${ecsCluster} --settings name=containerInsights,value=enabled`;
  return verdict('container-insights', [fault(off, fix)], '');
}
