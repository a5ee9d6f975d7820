// The import rules of docs/architecture.md as data. Type-only edges to npm packages are allowed where said: they emit no code.
const anythingBut = (...allowed) => ({ pathNot: allowed });
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^lib/core' },
      to: { ...anythingBut('^lib/core'), dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'ports-are-types-over-core',
      severity: 'error',
      from: { path: '^lib/ports' },
      to: { ...anythingBut('^lib/(core|ports)'), dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'loop-sees-no-technology',
      severity: 'error',
      from: { path: '^lib/loop' },
      to: {
        ...anythingBut('^lib/(core|ports|loop)', '^events'),
        dependencyTypesNot: ['type-only', 'type-import'],
      },
    },
    {
      name: 'adapters-are-strangers',
      severity: 'error',
      from: { path: '^lib/adapters/([^/]+)/' },
      to: { path: '^lib/(adapters|loop|providers|local)', pathNot: '^lib/adapters/($1|telemetry)/' },
    },
    {
      name: 'providers-are-strangers',
      severity: 'error',
      from: { path: '^lib/providers/([^/]+)/' },
      to: { path: '^lib/(providers|adapters|loop|local)', pathNot: '^lib/providers/$1/' },
    },
    {
      name: 'handlers-are-thin',
      severity: 'error',
      from: { path: '^functions' },
      to: { ...anythingBut('^lib/(wiring|settings|core)'), dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'stacks-know-no-runtime',
      severity: 'error',
      from: { path: '^infra' },
      to: { path: '^(lib|functions)', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'local-and-test-stay-out',
      severity: 'error',
      from: { pathNot: '^(lib/local|test)' },
      to: { path: '^(lib/local|test)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(functions|lib|events)', pathNot: '^lib/local' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'type-import'] },
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
