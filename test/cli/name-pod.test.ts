import { describe, expect, it } from 'vitest';
import { namePod } from '../../lib/cli/logs/name-pod.ts';

describe('the pod that is meant', () => {
  it.each([
    [['web'], undefined, 'default', 'web'],
    [['web'], 'shop', 'shop', 'web'],
    [['shop/web'], undefined, 'shop', 'web'],
    [['shop/web'], 'shop', 'shop', 'web'],
    [['pod/web'], undefined, 'default', 'web'],
    [['pod/web'], 'shop', 'shop', 'web'],
    [['pods/web'], 'shop', 'shop', 'web'],
    [['po/web'], 'pod', 'pod', 'web'],
  ])('%j with -n %s is in %s: %s', (operands, given, namespace, name) => {
    expect(namePod(operands, given)).toEqual({ namespace, name });
  });

  it.each<[readonly string[], string | undefined, RegExp]>([
    [[], undefined, /there is no pod: give \[NAMESPACE\/\]POD, or POD or pod\/POD with -n NAMESPACE/],
    [['pod', 'web'], undefined, /unexpected "web": give pod\/web, or web/],
    [
      ['web', 'main'],
      undefined,
      /unexpected "main": one pod at a time; a container of it is named by -c main/,
    ],
    [['shop/'], undefined, /the pod is "shop\/": allowed is/],
    [['/web'], 'shop', /the pod is "\/web": allowed is/],
    [['a/b/c'], undefined, /the pod is "a\/b\/c"/],
    [['shop/web'], 'play', /the namespace is shop in "shop\/web" and play by -n: give it once/],
    [
      ['deploy/web'],
      undefined,
      /deploy\/web is no pod: .* kubectl get pods shows those of the deploy; for the pod web of a namespace deploy: -n deploy web/,
    ],
    [['job/report'], 'shop', /job\/report is no pod: .* shows those of the job$/],
  ])('%j with -n %s is refused with the right spelling', (operands, given, words) => {
    expect(() => namePod(operands, given)).toThrow(words);
  });
});
