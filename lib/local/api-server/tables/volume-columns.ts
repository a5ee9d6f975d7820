import type { Column } from '../kinds/kind-row.ts';
import { isTerminating } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, objectAt, objectsAt, textAt, textsAt } from '../objects/json.ts';
import type { Json } from '../objects/json.ts';
import { AGE, NAME } from './common-columns.ts';

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOnce: 'RWO',
  ReadWriteOncePod: 'RWOP',
};

function modesOf(from: Json | undefined): string {
  const modes = listAt(from, 'accessModes') as readonly string[];
  return modes.map((mode) => SHORT_MODES[mode] ?? '').join(',');
}

function phaseOf(object: ApiObject): string {
  return isTerminating(object) ? 'Terminating' : textAt(object, 'status', 'phase');
}

const CLASSES: readonly Column[] = [
  { name: 'StorageClass', cell: (one) => textAt(one, 'spec', 'storageClassName') },
  {
    name: 'VolumeAttributesClass',
    cell: (one) => textAt(one, 'spec', 'volumeAttributesClassName') || '<unset>',
  },
];
const VOLUME_MODE: Column = {
  name: 'VolumeMode',
  wide: true,
  cell: (one) => textAt(one, 'spec', 'volumeMode'),
};

function claimOf(volume: ApiObject): string {
  const [namespace, name] = ['namespace', 'name'].map((key) => textAt(volume, 'spec', 'claimRef', key));
  return name === '' ? '' : `${namespace}/${name}`;
}

/** `kubectl get persistentvolumes`. */
export const VOLUME_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Capacity', cell: (one) => textAt(one, 'spec', 'capacity', 'storage') },
  { name: 'Access Modes', cell: (one) => modesOf(one['spec']) },
  { name: 'Reclaim Policy', cell: (one) => textAt(one, 'spec', 'persistentVolumeReclaimPolicy') },
  { name: 'Status', cell: phaseOf },
  { name: 'Claim', cell: claimOf },
  ...CLASSES,
  { name: 'Reason', cell: (one) => textAt(one, 'status', 'reason') },
  AGE,
  VOLUME_MODE,
];

/** `kubectl get persistentvolumeclaims`: size and modes are those of the volume, so there are none before. */
export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Status', cell: phaseOf },
  { name: 'Volume', cell: (one) => textAt(one, 'spec', 'volumeName') },
  { name: 'Capacity', cell: (one) => textAt(one, 'status', 'capacity', 'storage') },
  { name: 'Access Modes', cell: (one) => modesOf(one['status']) },
  ...CLASSES,
  AGE,
  VOLUME_MODE,
];

/** A selector as kubectl prints it: `a=b,c in (d,e),!f`; `<none>` selects all. */
function selectorText(selector: Json | undefined): string {
  const labels = Object.entries(textsAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`);
  const expressions = objectsAt(selector, 'matchExpressions').map((one) => {
    const key = textAt(one, 'key');
    const values = `(${listAt(one, 'values').map(String).sort().join(',')})`;
    switch (textAt(one, 'operator')) {
      case 'In':
        return `${key} in ${values}`;
      case 'NotIn':
        return `${key} notin ${values}`;
      case 'DoesNotExist':
        return `!${key}`;
      case 'Exists':
        return key;
    }
    return '<error>';
  });
  return [...labels.sort(), ...expressions].join(',') || '<none>';
}

/** `kubectl get networkpolicies`. */
export const NETWORK_POLICY_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Pod-Selector', cell: (policy) => selectorText(objectAt(policy, 'spec', 'podSelector')) },
  AGE,
];
