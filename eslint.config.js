// One lint for all of the code: a lost promise in a Lambda is lost work at freeze, so the type-checked rules are not optional.
import tseslint from 'typescript-eslint';

const CLOCK_AND_CHANCE = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time is a parameter: take `now` or the Clock port.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is a parameter: take `now` or the Clock port.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Chance is a parameter: take it from the Clock port.',
  },
];
const NO_DEFAULT_CASE = {
  selector: 'SwitchCase[test=null]',
  message: 'Name every case: a new member of a union must not compile until someone decides.',
};

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdk.out', 'coverage', 'reports'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { requireDefaultForNonUnion: false, considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // noPropertyAccessFromIndexSignature asks for ['name'] on index signatures; the two rules must agree.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      eqeqeq: 'error',
      complexity: ['error', { max: 15, variant: 'modified' }],
      'max-params': ['error', 4],
      'no-restricted-syntax': ['error', NO_DEFAULT_CASE],
    },
  },
  {
    files: [
      'lib/core/**/*.ts',
      'lib/ports/**/*.ts',
      'lib/loop/**/*.ts',
      'lib/providers/**/*.ts',
      'lib/adapters/**/*.ts',
      'functions/**/*.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', NO_DEFAULT_CASE, ...CLOCK_AND_CHANCE] },
  },
  {
    files: ['lib/core/**/*.ts', 'lib/loop/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Use the Clock port.' },
        { name: 'setInterval', message: 'Use the Clock port.' },
        { name: 'fetch', message: 'Core and loop see no technology.' },
        { name: 'process', message: 'The environment is read by lib/settings.ts only.' },
      ],
    },
  },
  {
    files: ['functions/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 20, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'max-params': 'off',
    },
  },
  { files: ['**/*.js', '**/*.cjs', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
