// The import rules of docs/architecture.md as data. A type of another npm package may be named where it says so, because it emits
// no code; a type of our own folders follows the same direction as the code.
const TYPES_ONLY = ['type-only', 'type-import'];
const KUBERNETES_TYPES = '^node_modules/@kubernetes/client-node';
const STREAM_TYPES = '^(node:)?stream$';
const LAMBDA_TYPES = '^node_modules/@types/';

/** From `path` nothing but `allowed`; `types` may be named as types. */
const only = (name, path, allowed, types = []) => [
  { name, severity: 'error', from: { path }, to: { pathNot: [...allowed, ...types] } },
  {
    name: `${name}-types`,
    severity: 'error',
    from: { path },
    to: { path: types.length === 0 ? 'a^' : types, dependencyTypesNot: TYPES_ONLY },
  },
];

module.exports = {
  forbidden: [
    ...only('core-is-pure', '^lib/core', ['^lib/core'], [KUBERNETES_TYPES]),
    ...only('ports-are-types-over-core', '^lib/ports', ['^lib/(core|ports)'], ['^events/', STREAM_TYPES]),
    ...only(
      'loop-sees-no-technology',
      '^lib/loop',
      ['^lib/(core|ports|loop)', '^events/'],
      ['^lib/settings\\.ts$'],
    ),
    // Streams and their encodings are what it speaks with whoever calls it: SPDY needs zlib, and ws frames WebSockets.
    ...only(
      'the-kubelet-api-sees-no-technology',
      '^lib/kubelet-api',
      [
        '^lib/(core|ports|kubelet-api)',
        '^(node:)?(crypto|stream|zlib)$',
        '^(node_modules|.*/node_modules)/ws/',
      ],
      ['^(node:)?http$', '/@types/ws/'],
    ),
    ...only('handlers-are-thin', '^functions', ['^lib/(wiring|settings)\\.ts$', '^lib/core'], [LAMBDA_TYPES]),
    ...only('events-are-contracts', '^events', [
      '^events/',
      '^node_modules/zod',
      '^(node:)?(fs|path|url|util)',
    ]),
    {
      name: 'adapters-are-strangers',
      severity: 'error',
      from: { path: '^lib/adapters/([^/]+)/' },
      to: { path: '^lib/(adapters|loop|providers|local|wiring)', pathNot: '^lib/adapters/$1/' },
    },
    {
      name: 'providers-are-strangers',
      severity: 'error',
      from: { path: '^lib/providers/([^/]+)/' },
      to: { path: '^lib/(providers|adapters|loop|local|wiring)', pathNot: '^lib/providers/$1/' },
    },
    {
      name: 'stacks-know-no-runtime',
      severity: 'error',
      from: { path: '^infra' },
      to: { path: '^(lib|functions)', pathNot: '^lib/core/', dependencyTypesNot: TYPES_ONLY },
    },
    {
      name: 'the-construct-brings-no-tools',
      severity: 'error',
      from: { path: '^infra', pathNot: '^infra/(app|bundle-functions|read-words|write-schema)\\.ts$' },
      to: { path: '^node_modules/(ajv|cdk-nag|esbuild|typescript)/' },
    },
    {
      name: 'local-and-test-stay-out',
      severity: 'error',
      // The commands are no part of the functions either, and some of them are local mode.
      from: { pathNot: '^(lib/(local|cli|doctor|cost|why|history)|test)' },
      to: { path: '^(lib/(local|cli|doctor|cost|why|history)|test)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: TYPES_ONLY } },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(functions|lib|events)', pathNot: '^lib/local' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: TYPES_ONLY },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
