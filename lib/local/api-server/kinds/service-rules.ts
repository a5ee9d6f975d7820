import type { KindRules, RuleContext } from './kind-row.ts';
import { duplicate, invalid, invalidValue, required, unsupported } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import { nameOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt, objectAt, objectsAt, textAt, withoutNulls } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';

const FIRST_ADDRESS = 10;

function usedAddresses({ world }: RuleContext): ReadonlySet<string> {
  return new Set(world.store.list('services').map((one) => textAt(one, 'spec', 'clusterIP')));
}

// The first free address of 10.96.0.0/16; the head of the range belongs to well-known services.
function nextClusterIp(context: RuleContext): string {
  const used = usedAddresses(context);
  for (let number = FIRST_ADDRESS; ; number += 1) {
    const ip = `10.96.${Math.floor(number / 256)}.${number % 256}`;
    if (!used.has(ip)) return ip;
  }
}

const isInRange = (ip: string): boolean => /^10\.(?:9[6-9]|10\d|11[01])\.\d{1,3}\.\d{1,3}$/.test(ip);

/** The address that was asked for, if it can be had, or a free one. */
function allocateClusterIp(service: ApiObject, context: RuleContext): string {
  const wanted = textAt(service, 'spec', 'clusterIP');
  if (textAt(service, 'spec', 'type') === 'ExternalName' || wanted === 'None') return wanted;
  if (wanted === '') return nextClusterIp(context);
  const refuse = (why: string): never => {
    const message = `Invalid value: ["${wanted}"]: failed to allocate IP ${wanted}: ${why}`;
    const cause: Cause = { reason: 'FieldValueInvalid', message, field: 'spec.clusterIPs' };
    throw invalid({ kind: 'Service', group: '' }, nameOf(service), [cause]);
  };
  if (!isInRange(wanted)) refuse('the provided network does not match the current range');
  if (usedAddresses(context).has(wanted)) refuse('provided IP is already allocated');
  return wanted;
}

function completeService(service: ApiObject, clusterIP: string): ApiObject {
  const spec = objectAt(service, 'spec');
  const type = textAt(spec, 'type') || 'ClusterIP';
  const isExternal = type === 'ExternalName';
  const addresses: JsonObject = isExternal
    ? {}
    : {
        clusterIP,
        clusterIPs: [clusterIP],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
      };
  const ports = objectsAt(spec, 'ports').map((port) => ({
    protocol: 'TCP',
    targetPort: port['port'],
    ...port,
  }));
  const completed = withoutNulls({
    ...addresses,
    sessionAffinity: 'None',
    ...spec,
    type,
    ports: ports.length === 0 ? null : ports,
  });
  return { ...service, spec: completed };
}

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function validateService(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const type = textAt(next, 'spec', 'type');
  const ports = objectsAt(next, 'spec', 'ports');
  const [before, now] = [textAt(previous, 'spec', 'clusterIP'), textAt(next, 'spec', 'clusterIP')];
  const moved = type !== 'ExternalName' && before !== '' && before !== now;
  const needsPorts = type !== 'ExternalName' && now !== 'None';
  return [
    ...(moved ? [invalidValue('spec.clusterIPs[0]', now, 'may not change once set')] : []),
    ...(needsPorts && ports.length === 0 ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index) => validatePort(port, index, ports)),
    ...(TYPES.includes(type) ? [] : [unsupported('spec.type', type, TYPES)]),
  ];
}

function validatePort(port: JsonObject, index: number, all: readonly JsonObject[]): readonly Cause[] {
  const at = `spec.ports[${index}]`;
  const name = textAt(port, 'name');
  const number = numberAt(port, 'port') ?? 0;
  const protocol = textAt(port, 'protocol');
  const isRepeated = all.slice(0, index).some((one) => textAt(one, 'name') === name);
  const protocols = ['SCTP', 'TCP', 'UDP'];
  return [
    ...(all.length > 1 && name === '' ? [required(`${at}.name`)] : []),
    ...(name !== '' && isRepeated ? [duplicate(`${at}.name`, name)] : []),
    ...(number < 1 || number > 65_535
      ? [invalidValue(`${at}.port`, number, 'must be between 1 and 65535, inclusive')]
      : []),
    ...(protocols.includes(protocol) ? [] : [unsupported(`${at}.protocol`, protocol, protocols)]),
  ];
}

/** What is special about Services: they get an address and keep it. */
export const serviceRules: KindRules = {
  create: (service, context) => ({
    ...completeService(service, allocateClusterIp(service, context)),
    status: { loadBalancer: {} },
  }),
  update: (service, previous) => completeService(service, textAt(previous, 'spec', 'clusterIP')),
  validate: validateService,
};
