import { isDeepStrictEqual } from 'node:util';
import type { KindRules, RuleContext } from './kind-row.ts';
import { forbiddenField, invalidValue, required, unsupported } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import { toTime } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { isObject, listAt, objectAt, textAt, withoutNulls } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import { parseQuantity } from '../objects/quantity.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function validateAccessModes(object: ApiObject, why?: string): readonly Cause[] {
  const modes = listAt(object, 'spec', 'accessModes') as readonly string[];
  if (modes.length === 0) return [required('spec.accessModes', why)];
  return modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => unsupported('spec.accessModes', mode, ACCESS_MODES));
}

/** The fields of a volume's spec that are objects but no source. */
const NO_SOURCES = ['capacity', 'claimRef', 'nodeAffinity'];

function sourcesOf(volume: ApiObject | undefined): JsonObject {
  const fields = Object.entries(objectAt(volume, 'spec')).filter(
    ([key, value]) => isObject(value) && !NO_SOURCES.includes(key),
  );
  return Object.fromEntries(fields);
}

function validateVolume(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const [first, ...more] = Object.keys(sourcesOf(next));
  const isChanged = previous !== undefined && !isDeepStrictEqual(sourcesOf(next), sourcesOf(previous));
  const source = 'spec.persistentvolumesource';
  return [
    ...validateAccessModes(next),
    ...validateSize(next, 'spec.capacity', ['spec', 'capacity']),
    ...(first === undefined ? [required('spec', 'must specify a volume type')] : []),
    ...more.map((one) => forbiddenField(`spec.${one}`, 'may not specify more than 1 volume type')),
    ...(first === 'csi' ? validateCsi(objectAt(next, 'spec', 'csi')) : []),
    ...(isChanged ? [forbiddenField(source, `${source} is immutable after creation`)] : []),
  ];
}

function validateCsi(csi: JsonObject): readonly Cause[] {
  const missing = ['driver', 'volumeHandle'].filter((field) => textAt(csi, field) === '');
  return missing.map((field) => required(`spec.csi.${field}`));
}

function validateSize(object: ApiObject, field: string, path: readonly string[]): readonly Cause[] {
  const text = textAt(object, ...path, 'storage');
  if (text === '') return [required(field)];
  const size = parseQuantity(text) ?? 0;
  return size > 0 ? [] : [invalidValue(field, text, 'must be greater than zero')];
}

function createVolume(volume: ApiObject, { now }: RuleContext): ApiObject {
  const defaults = { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' };
  return {
    ...volume,
    spec: { ...defaults, ...objectAt(volume, 'spec') },
    status: { phase: 'Pending', lastPhaseTransitionTime: toTime(now) },
  };
}

function updateVolumeStatus(next: ApiObject, previous: ApiObject, { now }: RuleContext): ApiObject {
  if (textAt(next, 'status', 'phase') === textAt(previous, 'status', 'phase')) return next;
  return { ...next, status: { ...objectAt(next, 'status'), lastPhaseTransitionTime: toTime(now) } };
}

/** What is special about PersistentVolumes: one source, for ever. They carry no protection finalizer here. */
export const volumeRules: KindRules = {
  create: createVolume,
  updateStatus: updateVolumeStatus,
  validate: validateVolume,
  fields: (volume) => ({ 'status.phase': textAt(volume, 'status', 'phase') }),
};

function completeClaim(claim: ApiObject): ApiObject {
  const spec = objectAt(claim, 'spec');
  // An empty class means that none is wanted; an empty name of a volume means nothing and is left out.
  const volumeName = textAt(spec, 'volumeName') || null;
  return { ...claim, spec: withoutNulls({ volumeMode: 'Filesystem', ...spec, volumeName }) };
}

const IMMUTABLE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function validateClaim(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const frozen =
    previous === undefined || isDeepStrictEqual(fixedPart(next, previous), fixedPart(previous, previous))
      ? []
      : [forbiddenField('spec', IMMUTABLE)];
  return [
    ...validateAccessModes(next, 'at least 1 access mode is required'),
    ...validateSize(next, 'spec.resources[storage]', ['spec', 'resources', 'requests']),
    ...frozen,
  ];
}

/** What stays as it was: a volume may still be named where none was. */
function fixedPart(claim: ApiObject, previous: ApiObject): JsonObject {
  const { resources: _resources, volumeAttributesClassName: _class, ...rest } = objectAt(claim, 'spec');
  const wasNamed = textAt(previous, 'spec', 'volumeName') !== '';
  return { ...rest, volumeName: wasNamed ? rest['volumeName'] : undefined };
}

/** What is special about PersistentVolumeClaims. They carry no protection finalizer here. */
export const claimRules: KindRules = {
  create: (claim) => ({ ...completeClaim(claim), status: { phase: 'Pending' } }),
  update: completeClaim,
  validate: validateClaim,
};
