import { ALARMS } from '../../infra/dashboard/alarm-rows.ts';
import { METRICS } from '../core/metrics.ts';
import { PRICES, usdOf, type PriceName } from './prices/price-list.ts';

/** What is deployed, as far as it costs something. */
export interface CostedDeployment {
  readonly nodes: number;
  readonly podSyncMemory: number;
  readonly alarms: boolean;
  readonly dashboard: boolean;
  /** Whether the access to the cluster is in a secret. */
  readonly secret: boolean;
  /** Whether the functions are in subnets that reach AWS over a NAT gateway only. */
  readonly behindNat: boolean;
  /** Whether there is a gateway, and with a public address. On Spot it is cheaper than it is counted. */
  readonly gateway: 'none' | 'private' | 'public';
  /** Whether Container Insights is turned on for the pods. */
  readonly containerInsights: boolean;
}

/** Something that costs by the month, whatever happens. */
export interface FixedPart {
  readonly what: string;
  readonly price: PriceName;
  readonly units: number;
  readonly usdPerMonth: number;
}

const HOURS_OF_MONTH = 730;

/** Custom metrics that have values once pods come and go: every one of every node and of the cluster. */
export function mostMetrics(nodes: number): number {
  const scopes = Object.values(METRICS).map(({ scope }) => scope);
  return scopes.reduce((sum, scope) => sum + (scope === 'node' ? nodes : 1), 0);
}

/** Metrics that the alarms look at: CloudWatch bills an alarm for each of its metrics. */
export function alarmMetrics(nodes: number): number {
  return ALARMS.reduce((sum, { per, line }) => {
    const metrics = line.of === 'functions' ? line.functions.length : 1;
    return sum + metrics * (per === 'node' ? nodes : 1);
  }, 0);
}

/** What is billed by the month. */
export function fixedParts(deployment: CostedDeployment): readonly FixedPart[] {
  const { nodes, alarms, dashboard, secret, behindNat, gateway, containerInsights } = deployment;
  return [
    ...(alarms ? [part('alarms', 'alarmMonth', alarmMetrics(nodes))] : []),
    ...(dashboard ? [part('dashboard', 'dashboardMonth', 1)] : []),
    part('custom metrics, all of them', 'metricMonth', mostMetrics(nodes)),
    ...(secret ? [part('secret with the access to the cluster', 'secretMonth', 1)] : []),
    ...(gateway === 'none' ? [] : gatewayParts(gateway)),
    ...(containerInsights ? insightsParts() : []),
    ...(behindNat ? [part('NAT gateway, if it is made for this', 'natHour', HOURS_OF_MONTH)] : []),
  ];
}

/** Metrics that Container Insights makes of the cluster and of each task definition family, for which pods of one template stand. */
const INSIGHTS_METRICS = 10;
/** Log events of a task of one container that runs all month: about 1 MB a day (docs/metrics.md has the source). */
const INSIGHTS_GB = 0.03;

/** By kind of pod and by pod: how many there will be is not known, so one of each is told. */
function insightsParts(): readonly FixedPart[] {
  return [
    part('Container Insights: metrics of the cluster', 'metricMonth', INSIGHTS_METRICS),
    part('Container Insights: metrics of one kind of pod', 'metricMonth', INSIGHTS_METRICS),
    part('Container Insights: events of one pod', 'logGb', INSIGHTS_GB),
  ];
}

/** A quarter of a vCPU and half a GB. */
function gatewayParts(address: 'private' | 'public'): readonly FixedPart[] {
  return [
    part('gateway: a quarter of a vCPU', 'fargateVcpuHour', HOURS_OF_MONTH / 4),
    part('gateway: half a GB', 'fargateGbHour', HOURS_OF_MONTH / 2),
    ...(address === 'public'
      ? [part('gateway: its public address', 'publicAddressHour', HOURS_OF_MONTH)]
      : []),
  ];
}

function part(what: string, price: PriceName, units: number): FixedPart {
  return { what, price, units, usdPerMonth: usdOf(price, units) };
}

/** What AWS Config adds where it records network interfaces: at least two items for each task, its interface made and deleted. */
export const CONFIG_ITEMS = { fromPerPod: 2, toPerPod: 4, usdPerItem: PRICES.configItem.usd } as const;
