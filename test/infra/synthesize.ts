import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { createStacks } from '../../infra/create-stacks.ts';
import type { Bundle } from '../../infra/bundle-functions.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { deploymentOf } from './deployment-text.ts';

/** The three templates of one deployment. */
export interface Templates {
  readonly state: Template;
  readonly controlLoop: Template;
  readonly observability: Template;
  /** Texts of the warnings at synth. */
  readonly warnings: readonly string[];
}

/** Bundles without code: what the templates say does not depend on it. */
export function emptyBundles(hash = 'a'): readonly Bundle[] {
  const folder = mkdtempSync(join(tmpdir(), 'lambdalet-bundles-'));
  return FUNCTION_NAMES.map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'index.mjs'), `// ${name} ${hash}\n`);
    return { name, path, bytes: 1, hash: `${name}-${hash}` };
  });
}

/** The switches that the CLI gives to the app. */
const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

/** Synthesizes the smallest deployment with these changes. */
export function synthesize(changes: Readonly<Record<string, unknown>> = {}): Templates {
  const app = new App({ context, outdir: mkdtempSync(join(tmpdir(), 'lambdalet-cdk-')) });
  const { state, controlLoop, observability } = createStacks(app, deploymentOf(changes), emptyBundles());
  const found = Annotations.fromStack(controlLoop).findWarning('*', Match.anyValue());
  return {
    state: Template.fromStack(state),
    controlLoop: Template.fromStack(controlLoop),
    observability: Template.fromStack(observability),
    warnings: found.map(({ entry }) => entry.data as string),
  };
}

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** All resources of a template, or those of one type, by logical id. */
export function resourcesOf(template: Template, type?: string): ReadonlyMap<string, Resource> {
  const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
  return new Map(Object.entries(Resources).filter(([, { Type }]) => type === undefined || Type === type));
}

/** The only resource of its type. */
export function onlyResource(template: Template, type: string): Resource {
  const found = [...resourcesOf(template, type).values()];
  if (found.length !== 1) throw new Error(`Expected one ${type} in the template, found ${found.length}`);
  return found[0]!;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': 'eu-west-1',
  'AWS::Partition': 'aws',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A value of a template as it will be after deployment; references to other resources become texts that name them. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return PSEUDO[String(inner)] ?? String(inner);
  if (key === 'Fn::GetAtt') return `arn:of:${(inner as string[]).join('.')}`;
  if (key === 'Fn::ImportValue') return `import:${String(inner)}`;
  if (key === 'Fn::Join')
    return (plain((inner as unknown[])[1]) as string[]).join(String((inner as unknown[])[0]));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/** Every resource that this one needs, directly or through others: CloudFormation deletes it before any of them. */
export function needsOf(template: Template, logicalId: string): ReadonlySet<string> {
  const resources = resourcesOf(template);
  const needs = new Set<string>();
  const visit = (id: string): void => {
    const resource = resources.get(id);
    if (resource === undefined) return;
    for (const next of [...(resource.DependsOn ?? []), ...referencesIn(resource.Properties)]) {
      if (!needs.has(next) && resources.has(next)) {
        needs.add(next);
        visit(next);
      }
    }
  };
  visit(logicalId);
  return needs;
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [(inner as string[])[0]!];
    return referencesIn(inner);
  });
}

/** One statement of a policy, with lists where IAM allows a single text. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/** What the role with this logical id may do, from every policy attached to it. */
export function statementsOf(template: Template, roleId: string): readonly Statement[] {
  const policies = [...resourcesOf(template, 'AWS::IAM::Policy').values()].filter(({ Properties }) =>
    referencesIn(Properties['Roles']).includes(roleId),
  );
  return policies.flatMap(({ Properties }) => {
    const { Statement } = plain(Properties['PolicyDocument']) as { Statement: Record<string, unknown>[] };
    return Statement.map((statement) => ({
      actions: [statement['Action']].flat() as string[],
      resources: [statement['Resource']].flat() as string[],
      condition: statement['Condition'],
    }));
  });
}

/** A function of the control loop by the end of its name. */
export function functionOf(template: Template, name: string): Resource & { readonly id: string } {
  const found = [...resourcesOf(template, 'AWS::Lambda::Function')].find(([, { Properties }]) =>
    String(Properties['FunctionName']).endsWith(`-${name}`),
  );
  if (found === undefined) throw new Error(`There is no function ${name} in the template`);
  return { id: found[0], ...found[1] };
}

/** What a function may do. */
export function rightsOf(template: Template, name: string): readonly Statement[] {
  const [roleId] = referencesIn(functionOf(template, name).Properties['Role']);
  return statementsOf(template, roleId!);
}
