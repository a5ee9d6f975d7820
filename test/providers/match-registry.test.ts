import { describe, expect, it } from 'vitest';
import {
  findLogin,
  repositoryOf,
  toRegistryKey,
} from '../../lib/providers/ecs-fargate/plan/match-registry.ts';

/** A config whose passwords are the addresses they are for. */
const aConfig = (...addresses: readonly string[]) =>
  new Map(addresses.map((address) => [toRegistryKey(address), { username: 'u', password: address }]));
const found = (image: string, ...configs: readonly ReturnType<typeof aConfig>[]) =>
  findLogin(configs, image)?.login.password;

describe('naming the repository of an image', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27', 'docker.io/library/nginx'],
    ['acme/tool@sha256:00', 'docker.io/acme/tool'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/acme/tool:2', 'docker.io/acme/tool'],
    ['localhost/app:1', 'localhost/app'],
    ['registry.example.com:5000/team/app:1@sha256:00', 'registry.example.com:5000/team/app'],
    ['host:5000/app', 'host:5000/app'],
  ])('takes %s for %s', (image, repository) => {
    expect(repositoryOf(image)).toBe(repository);
  });
});

describe('finding the login of an image as the kubelet does', () => {
  it.each([
    ['the host', 'quay.io/a/b', ['quay.io'], 'quay.io'],
    ['an address with a scheme and a version', 'quay.io/a/b', ['https://quay.io/v2/'], 'https://quay.io/v2/'],
    ['a path before its host', 'quay.io/a/b', ['quay.io', 'quay.io/a'], 'quay.io/a'],
    ['no other path', 'quay.io/a/b', ['quay.io/c'], undefined],
    ['no other port', 'quay.io:444/a', ['quay.io', 'quay.io:443'], undefined],
    ['the same port', 'quay.io:443/a', ['quay.io:443'], 'quay.io:443'],
    ['a pattern', 'eu.registry.example.com/a', ['*.registry.example.com'], '*.registry.example.com'],
    ['a pattern within a part', 'eu1.example.com/a', ['eu?.example.com'], 'eu?.example.com'],
    ['no pattern of another length', 'registry.example.com/a', ['*.com'], undefined],
    [
      'Docker Hub by its own address',
      'nginx',
      ['https://index.docker.io/v1/'],
      'https://index.docker.io/v1/',
    ],
    ['Docker Hub by its name', 'acme/tool', ['docker.io', 'https://index.docker.io/v1/'], 'docker.io'],
    ['Docker Hub for no other registry', 'quay.io/a', ['https://index.docker.io/v1/'], undefined],
    ['a dot as a dot', 'quayxio/a/b', ['quay.io'], undefined],
  ])('takes %s', (_, image, addresses, password) => {
    expect(found(image, aConfig(...addresses))).toBe(password);
  });

  it('takes the first of several secrets with the same address', () => {
    const one = new Map([['quay.io', { username: 'u', password: 'one' }]]);
    const other = new Map([['quay.io', { username: 'u', password: 'other' }]]);
    expect(found('quay.io/a', one, other)).toBe('one');
    expect(found('quay.io/a', aConfig(), other)).toBe('other');
  });
});
