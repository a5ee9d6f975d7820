import { duplicate, forbiddenField, invalidValue, required, unsupported } from '../../objects/api-failure.ts';
import type { Cause } from '../../objects/api-failure.ts';
import { numberAt, objectsAt, textAt, textsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import {
  validateLabelName,
  validateQualifiedName,
  validateSubdomain,
} from '../../objects/validate-metadata.ts';
import { validateContainer } from './validate-container.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const MAX_SECONDS = 2_147_483_647;

/** Faults of a pod spec (or a template's at another path), in the order in which the API server lists them. */
export function validatePodSpec(spec: JsonObject, path: string): readonly Cause[] {
  const volumes = new Set(objectsAt(spec, 'volumes').map((volume) => textAt(volume, 'name')));
  return [
    ...validateVolumes(spec, path),
    ...validateContainers(spec, path, volumes),
    ...validateChoice(`${path}.restartPolicy`, textAt(spec, 'restartPolicy'), RESTART_POLICIES),
    ...validateChoice(`${path}.dnsPolicy`, textAt(spec, 'dnsPolicy'), DNS_POLICIES),
    ...validateNodeChoice(spec, path),
    ...validateTimes(spec, path),
    ...validateHostname(spec, path),
    ...validateTolerations(spec, path),
    ...validateImages(spec, path),
  ];
}

function validateVolumes(spec: JsonObject, path: string): readonly Cause[] {
  const seen = new Set<string>();
  return objectsAt(spec, 'volumes').flatMap((volume, index) => {
    const at = `${path}.volumes[${index}]`;
    const name = textAt(volume, 'name');
    const causes = [...validateLabelName(`${at}.name`, name)];
    if (causes.length === 0 && seen.has(name)) causes.push(duplicate(`${at}.name`, name));
    seen.add(name);
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    for (const extra of sources.slice(1))
      causes.push(forbiddenField(`${at}.${extra}`, 'may not specify more than 1 volume type'));
    return causes;
  });
}

function validateContainers(spec: JsonObject, path: string, volumes: ReadonlySet<string>): readonly Cause[] {
  if (objectsAt(spec, 'containers').length === 0) return [required(`${path}.containers`)];
  const seen = new Set<string>();
  return ['containers', 'initContainers'].flatMap((list) =>
    objectsAt(spec, list).flatMap((container, index) => {
      const at = `${path}.${list}[${index}]`;
      const name = textAt(container, 'name');
      const repeated = name !== '' && seen.has(name) ? [duplicate(`${at}.name`, name)] : [];
      seen.add(name);
      return [
        ...validateLabelName(`${at}.name`, name),
        ...repeated,
        ...validateContainer(container, at, volumes),
      ];
    }),
  );
}

function validateChoice(field: string, value: string, supported: readonly string[]): readonly Cause[] {
  if (value === '') return [required(field)];
  return supported.includes(value) ? [] : [unsupported(field, value, supported)];
}

function validateTimes(spec: JsonObject, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_SECONDS)) {
    causes.push(
      invalidValue(
        `${path}.activeDeadlineSeconds`,
        deadline,
        `must be between 1 and ${MAX_SECONDS}, inclusive`,
      ),
    );
  }
  return causes;
}

function validateNodeChoice(spec: JsonObject, path: string): readonly Cause[] {
  const nodeName = textAt(spec, 'nodeName');
  return [
    ...Object.keys(textsAt(spec, 'nodeSelector')).flatMap((key) =>
      validateQualifiedName(`${path}.nodeSelector`, key),
    ),
    ...(nodeName === '' ? [] : validateSubdomain(`${path}.nodeName`, nodeName)),
  ];
}

function validateHostname(spec: JsonObject, path: string): readonly Cause[] {
  const hostname = textAt(spec, 'hostname');
  return hostname === '' ? [] : validateLabelName(`${path}.hostname`, hostname);
}

function validateImages(spec: JsonObject, path: string): readonly Cause[] {
  return ['containers', 'initContainers'].flatMap((list) =>
    objectsAt(spec, list).flatMap((container, index) => {
      const image = textAt(container, 'image');
      const fault = 'must not have leading or trailing whitespace';
      return image === image.trim() ? [] : [invalidValue(`${path}.${list}[${index}].image`, image, fault)];
    }),
  );
}

function validateTolerations(spec: JsonObject, path: string): readonly Cause[] {
  return objectsAt(spec, 'tolerations').flatMap((toleration, index) =>
    validateToleration(toleration, `${path}.tolerations[${index}]`),
  );
}

function validateToleration(toleration: JsonObject, at: string): readonly Cause[] {
  const key = textAt(toleration, 'key');
  const causes: Cause[] = key === '' ? [] : [...validateQualifiedName(`${at}.key`, key)];
  causes.push(...validateOperator(toleration, `${at}.operator`));
  const effect = textAt(toleration, 'effect');
  if (effect !== '' && !EFFECTS.includes(effect)) causes.push(unsupported(`${at}.effect`, effect, EFFECTS));
  if (numberAt(toleration, 'tolerationSeconds') !== undefined && effect !== 'NoExecute') {
    causes.push(
      invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  return causes;
}

function validateOperator(toleration: JsonObject, field: string): readonly Cause[] {
  const operator = textAt(toleration, 'operator');
  const value = textAt(toleration, 'value');
  const causes: Cause[] = [];
  if (textAt(toleration, 'key') === '' && operator !== 'Exists') {
    const fault = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    causes.push(invalidValue(field, operator, fault));
  }
  if (operator === 'Exists' && value !== '')
    causes.push(invalidValue(field, value, "value must be empty when `operator` is 'Exists'"));
  if (!['', 'Equal', 'Exists'].includes(operator))
    causes.push(unsupported(field, operator, ['Equal', 'Exists']));
  return causes;
}
