import { describe, expect, it } from 'vitest';
import type { Reading } from '../../lib/core/pod-inputs.ts';
import { planPullSecrets } from '../../lib/providers/ecs-fargate/plan/plan-pull-secrets.ts';
import { foundObject, noInputs } from '../support/vocabulary-inputs.ts';
import { aContainer, aPod, ON_DEMAND, SETTINGS } from './fixtures.ts';

const JSON_TYPE = 'kubernetes.io/dockerconfigjson';
const config = (auths: unknown, type = JSON_TYPE) =>
  foundObject({ '.dockerconfigjson': JSON.stringify({ auths }) }, type);

/** What is planned for a pod with these pull secrets, whose one image is `quay.io/acme/app`. */
function planWith(
  secrets: Readonly<Record<string, Reading<never> | ReturnType<typeof config>>>,
  namespace = 'shop',
) {
  const imagePullSecrets = Object.keys(secrets).map((name) => ({ name }));
  const pod = aPod(
    { imagePullSecrets, containers: [aContainer({ image: 'quay.io/acme/app:1' })] },
    { namespace },
  );
  const inputs = noInputs({ secrets: new Map(Object.entries(secrets)) });
  return planPullSecrets({
    pod,
    node: ON_DEMAND,
    settings: SETTINGS,
    size: { cpu: 256, memory: 512 },
    inputs,
  });
}

describe('planning registry logins', () => {
  it('mirrors one secret under a name that is the same for all pods of a namespace', () => {
    const auths = { 'quay.io': { username: 'u', password: 'p' } };
    const [one, other, elsewhere] = [
      planWith({ a: config(auths) }),
      planWith({ a: config(auths) }),
      planWith({ a: config(auths) }, 'other'),
    ];
    expect(one.mirrored).toEqual([
      {
        name: expect.stringMatching(/^lambdalet\/demo\/pull\/[0-9a-f]{32}$/) as string,
        value: '{"username":"u","password":"p"}',
      },
    ]);
    expect(other).toEqual(one);
    expect(elsewhere.mirrored[0]?.name).not.toBe(one.mirrored[0]?.name);
    expect(one.credentials.get('main')).toBe(one.mirrored[0]?.name);
  });

  it.each([
    ['is absent', { kind: 'absent' } as const],
    ['may not be read', { kind: 'unreadable', message: 'no' } as const],
    ['is no JSON', foundObject({ '.dockerconfigjson': '{' }, JSON_TYPE)],
    ['has no logins', foundObject({ '.dockerconfigjson': '{"auths":[]}' }, JSON_TYPE)],
    ['has no such key', foundObject({}, JSON_TYPE)],
    ['is of another type', config({ 'quay.io': { username: 'u', password: 'p' } }, 'Opaque')],
  ])('tells of a pull secret that %s, and goes on', (_, reading) => {
    const planned = planWith({ good: config({ 'quay.io': { auth: btoa('me:it') } }), bad: reading });
    expect(planned.notes).toEqual([
      {
        type: 'Warning',
        reason: 'FailedToRetrieveImagePullSecret',
        message:
          'Unable to retrieve some image pull secrets (bad); attempting to pull the image may not succeed.',
      },
    ]);
    expect(planned.mirrored.map(({ value }) => JSON.parse(value) as unknown)).toEqual([
      { username: 'me', password: 'it' },
    ]);
  });

  it.each([
    ['no password', { username: 'u' }],
    ['an auth without a colon', { auth: btoa('nobody') }],
    ['nothing', null],
  ])('has no login from an entry with %s', (_, entry) => {
    expect(planWith({ a: config({ 'quay.io': entry }) })).toEqual({
      credentials: new Map(),
      mirrored: [],
      notes: [],
    });
  });
});
