import type { KindRules, RuleContext } from './kind-row.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { objectAt, objectsAt, textAt, textsAt, withoutNulls } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';

function completeSecret(secret: ApiObject): ApiObject {
  const { stringData, ...rest } = secret;
  const written = Object.entries(textsAt({ stringData }, 'stringData')).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  const data = { ...objectAt(secret, 'data'), ...(Object.fromEntries(written) as JsonObject) };
  const filled = Object.keys(data).length === 0 ? {} : { data };
  return { ...rest, ...filled, type: textAt(secret, 'type') || 'Opaque', metadata: secret.metadata };
}

/** What is special about Secrets: `stringData` is only for writing. */
export const secretRules: KindRules = {
  create: completeSecret,
  update: completeSecret,
  fields: (secret) => ({ type: textAt(secret, 'type') }),
};

const FIRST_ADDRESS = 10;

// The first free address of 10.96.0.0/16; the head of the range belongs to well-known services.
function nextClusterIp({ world }: RuleContext): string {
  const used = new Set(world.store.list('services').map((one) => textAt(one, 'spec', 'clusterIP')));
  for (let number = FIRST_ADDRESS; ; number += 1) {
    const ip = `10.96.${Math.floor(number / 256)}.${number % 256}`;
    if (!used.has(ip)) return ip;
  }
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

/** What is special about Services: they get an address. */
export const serviceRules: KindRules = {
  create: (service, context) => ({
    ...completeService(service, textAt(service, 'spec', 'clusterIP') || nextClusterIp(context)),
    status: { loadBalancer: {} },
  }),
  update: (service, previous) => completeService(service, textAt(previous, 'spec', 'clusterIP')),
};
