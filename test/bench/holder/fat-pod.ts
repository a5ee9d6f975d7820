import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../lib/local/api-server/objects/json.ts';

/** A Deployment's pods carry an ordinary application's settings, some twenty of them. */
const SETTINGS = 18;

/** A pod as users write it: with what the API server adds and {@link managedFieldsOf} it is about 8 KB of JSON. */
export function fatPod(nth: number, node: string): JsonObject {
  const name = `shop-7c9d5f6b8d-${nth.toString(36).padStart(5, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        app: 'shop',
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/part-of': 'storefront',
        'pod-template-hash': '7c9d5f6b8d',
      },
      annotations: {
        'checksum/config': digest('config'),
        'checksum/secrets': digest('secrets'),
        'kubectl.kubernetes.io/restartedAt': '2026-01-01T12:00:00Z',
        'prometheus.io/scrape': 'true',
        'prometheus.io/path': '/metrics',
        'prometheus.io/port': '9090',
        'team.example.com/contact': 'storefront-on-call@example.com, +44 20 7946 0000, #storefront-alerts',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'shop-7c9d5f6b8d',
          uid: '6d3c1c4c-8d59-4a4b-9f0b-3f7a2c1f5e10',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'shop',
          image: 'public.ecr.aws/docker/library/nginx:1.29',
          env: Array.from({ length: SETTINGS }, (_, index) => setting(index)),
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'metrics', containerPort: 9090 },
          ],
          resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '250m', memory: '512Mi' } },
        },
      ],
      nodeSelector: { type: 'virtual-kubelet' },
      tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }],
    },
  };
}

function setting(index: number): JsonObject {
  const name = `SHOP_SETTING_${String(index).padStart(2, '0')}`;
  return { name, value: `https://backend-${index}.storefront.example.com/v1/${digest(name).slice(0, 24)}` };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Who manages which field, as a real API server keeps it with every object (a quarter of a pod's bytes); the embedded one keeps
 * none. Nobody needs it but the API server itself.
 */
export function managedFieldsOf(time: string): readonly JsonObject[] {
  const entry = (manager: string, fields: JsonObject, subresource?: string): JsonObject => ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource !== undefined && { subresource }),
  });
  return [
    entry('kube-controller-manager', { 'f:metadata': METADATA_FIELDS, 'f:spec': SPEC_FIELDS }),
    entry('lambdalet', { 'f:status': STATUS_FIELDS }, 'status'),
  ];
}

const METADATA_FIELDS: JsonObject = {
  'f:annotations': {
    '.': {},
    'f:checksum/config': {},
    'f:checksum/secrets': {},
    'f:prometheus.io/scrape': {},
  },
  'f:generateName': {},
  'f:labels': { '.': {}, 'f:app': {}, 'f:app.kubernetes.io/managed-by': {}, 'f:pod-template-hash': {} },
  'f:ownerReferences': { '.': {}, 'k:{"uid":"6d3c1c4c-8d59-4a4b-9f0b-3f7a2c1f5e10"}': {} },
};

const SPEC_FIELDS: JsonObject = {
  'f:containers': {
    'k:{"name":"shop"}': {
      '.': {},
      'f:env': Object.fromEntries([
        ['.', {}],
        ...Array.from({ length: SETTINGS }, (_, index) => [
          `k:{"name":"SHOP_SETTING_${String(index).padStart(2, '0')}"}`,
          { '.': {}, 'f:name': {}, 'f:value': {} },
        ]),
      ]) as JsonObject,
      'f:image': {},
      'f:imagePullPolicy': {},
      'f:name': {},
      'f:ports': { '.': {}, 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
      'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
      'f:terminationMessagePath': {},
      'f:terminationMessagePolicy': {},
    },
  },
  'f:dnsPolicy': {},
  'f:enableServiceLinks': {},
  'f:nodeSelector': {},
  'f:restartPolicy': {},
  'f:schedulerName': {},
  'f:securityContext': {},
  'f:terminationGracePeriodSeconds': {},
  'f:tolerations': {},
};

const CONDITION_FIELDS: JsonObject = {
  '.': {},
  'f:lastProbeTime': {},
  'f:lastTransitionTime': {},
  'f:status': {},
  'f:type': {},
};

const STATUS_FIELDS: JsonObject = {
  'f:conditions': {
    'k:{"type":"ContainersReady"}': CONDITION_FIELDS,
    'k:{"type":"Initialized"}': CONDITION_FIELDS,
    'k:{"type":"PodReadyToStartContainers"}': CONDITION_FIELDS,
    'k:{"type":"Ready"}': CONDITION_FIELDS,
  },
  'f:containerStatuses': {},
  'f:phase': {},
  'f:podIP': {},
  'f:podIPs': { '.': {}, 'k:{"ip":"10.0.0.4"}': { '.': {}, 'f:ip': {} } },
  'f:startTime': {},
};
