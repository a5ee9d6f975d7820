import type { KindRules, RuleContext } from './kind-row.ts';
import { invalidValue, required, unsupported } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import { labelsOf, uidOf, nameOf, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { isObject, numberAt, objectAt, textAt, textsAt, valueAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import { matchLabelSelector } from '../selectors/label-selector.ts';
import { defaultPodSpec } from './pod/default-pod.ts';
import { validatePodSpec } from './pod/validate-pod.ts';

function withTemplateDefaults(spec: JsonObject): JsonObject {
  const template = objectAt(spec, 'template');
  return {
    ...spec,
    template: { metadata: {}, ...template, spec: defaultPodSpec(objectAt(template, 'spec')) },
  };
}

function validateTemplate(object: ApiObject): readonly Cause[] {
  const spec = objectAt(object, 'spec');
  const selector = valueAt(spec, 'selector');
  const labels = textsAt(spec, 'template', 'metadata', 'labels');
  const causes: Cause[] = [];
  if (!isObject(selector)) causes.push(required('spec.selector'));
  else if (!matchLabelSelector(selector)(labels)) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      field: 'spec.template.metadata.labels',
    });
  }
  const replicas = numberAt(spec, 'replicas') ?? 0;
  if (replicas < 0)
    causes.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  return [...causes, ...validatePodSpec(objectAt(spec, 'template', 'spec'), 'spec.template.spec')];
}

function validateAlways(object: ApiObject): readonly Cause[] {
  const policy = textAt(object, 'spec', 'template', 'spec', 'restartPolicy');
  const wrong =
    policy === 'Always' ? [] : [unsupported('spec.template.spec.restartPolicy', policy, ['Always'])];
  return [...validateTemplate(object), ...wrong];
}

function defaultDeploymentSpec(spec: JsonObject): JsonObject {
  const rolling = { maxUnavailable: '25%', maxSurge: '25%' };
  const given = objectAt(spec, 'strategy');
  const type = textAt(given, 'type') || 'RollingUpdate';
  const strategy =
    type === 'RollingUpdate'
      ? { type, rollingUpdate: { ...rolling, ...objectAt(given, 'rollingUpdate') } }
      : { type };
  const defaults = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
  return withTemplateDefaults({ ...defaults, ...spec, strategy });
}

/** What is special about Deployments. */
export const deploymentRules: KindRules = {
  create: (one) => ({ ...one, spec: defaultDeploymentSpec(objectAt(one, 'spec')), status: {} }),
  update: (one) => ({ ...one, spec: defaultDeploymentSpec(objectAt(one, 'spec')) }),
  validate: validateAlways,
};

const defaultReplicaSetSpec = (spec: JsonObject): JsonObject =>
  withTemplateDefaults({ replicas: 1, ...spec });

/** What is special about ReplicaSets. */
export const replicaSetRules: KindRules = {
  create: (one) => ({ ...one, spec: defaultReplicaSetSpec(objectAt(one, 'spec')), status: { replicas: 0 } }),
  update: (one) => ({ ...one, spec: defaultReplicaSetSpec(objectAt(one, 'spec')) }),
  validate: validateAlways,
  fields: (one) => ({ 'status.replicas': String(numberAt(one, 'status', 'replicas') ?? 0) }),
};

const JOB_DEFAULTS: JsonObject = {
  parallelism: 1,
  completions: 1,
  backoffLimit: 6,
  completionMode: 'NonIndexed',
  manualSelector: false,
  suspend: false,
  podReplacementPolicy: 'TerminatingOrFailed',
};

// A job selects its pods by its own UID, under a prefixed and an old label; both also go on the pods.
function createJob(job: ApiObject, _context: RuleContext): ApiObject {
  const own = {
    'batch.kubernetes.io/controller-uid': uidOf(job),
    'batch.kubernetes.io/job-name': nameOf(job),
    'controller-uid': uidOf(job),
    'job-name': nameOf(job),
  };
  const spec = withTemplateDefaults({ ...JOB_DEFAULTS, ...objectAt(job, 'spec') });
  const template = objectAt(spec, 'template');
  const labels = { ...textsAt(template, 'metadata', 'labels'), ...own };
  return {
    ...withMetadata(job, { labels: Object.keys(labelsOf(job)).length === 0 ? labels : labelsOf(job) }),
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uidOf(job) } },
      template: { ...template, metadata: { ...objectAt(template, 'metadata'), labels } },
    },
    status: {},
  };
}

function validateJob(job: ApiObject): readonly Cause[] {
  const policy = textAt(job, 'spec', 'template', 'spec', 'restartPolicy');
  const wrong =
    policy === 'Always'
      ? [{ ...required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"') }]
      : [];
  return [...validateTemplate(job), ...wrong];
}

/** What is special about Jobs. */
export const jobRules: KindRules = {
  create: createJob,
  update: (job) => ({ ...job, spec: withTemplateDefaults({ ...JOB_DEFAULTS, ...objectAt(job, 'spec') }) }),
  validate: validateJob,
  fields: (job) => ({ 'status.successful': String(numberAt(job, 'status', 'succeeded') ?? 0) }),
};
