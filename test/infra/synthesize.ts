import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stage } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { createStacks } from '../../infra/create-stacks.ts';
import type { ClusterStacks } from '../../infra/create-stacks.ts';
import type { Deployment } from '../../infra/deployment-schema.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { parseSettings } from '../../lib/settings.ts';
import type { Settings } from '../../lib/settings.ts';
import { deploymentOf } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';

/** The templates of one cluster. */
export interface Templates {
  readonly state: Template;
  readonly controlLoop: Template;
  /** Empty where the cluster has neither alarms nor a dashboard. */
  readonly observability: Template;
  /** Texts of the warnings at synth. */
  readonly warnings: readonly string[];
  readonly stacks: ClusterStacks;
}

/** A folder with functions that have no code: what the templates say does not depend on it. */
export function emptyFunctions(code = 'a'): string {
  const folder = mkdtempSync(join(tmpdir(), 'lambdalet-functions-'));
  for (const name of [...FUNCTION_NAMES, 'gateway', 'gateway-loader']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), `// ${name} ${code}\n`);
  }
  return folder;
}

/** The switches that the CLI gives to the app. */
const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};
const FUNCTIONS = emptyFunctions();

/** An app as the CLI makes it, with a folder of its own and without the report that would be printed. */
export function newApp(flags: Readonly<Record<string, unknown>> = context): App {
  const quiet = { '@aws-cdk/core:annotationsInValidationReport': false };
  return new App({ context: { ...flags, ...quiet }, outdir: mkdtempSync(join(tmpdir(), 'lambdalet-cdk-')) });
}

/** Synthesizes clusters: each the smallest one with some keys of its own. */
export function synthesizeAll(
  clusters: readonly Changes[],
  top: Changes = {},
  functionsPath: string = FUNCTIONS,
): readonly Templates[] {
  return synthesizeDeployment(deploymentOf(clusters, top), functionsPath);
}

/** Synthesizes a deployment. */
export function synthesizeDeployment(
  deployment: Deployment,
  functionsPath: string = FUNCTIONS,
): readonly Templates[] {
  const made = createStacks(newApp(), deployment, functionsPath);
  return made.map((stacks) => ({
    state: Template.fromStack(stacks.state),
    controlLoop: Template.fromStack(stacks.controlLoop),
    observability:
      stacks.observability === undefined
        ? Template.fromJSON({ Resources: {} })
        : Template.fromStack(stacks.observability),
    warnings: Annotations.fromStack(stacks.controlLoop)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data as string),
    stacks,
  }));
}

/** Synthesizes the smallest cluster with these keys in place of its own. */
export function synthesize(changes: Changes = {}): Templates {
  const [only] = synthesizeAll([changes]);
  if (only === undefined) throw new Error('The deployment has no cluster');
  return only;
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
  if (key === 'Fn::Sub')
    return String(inner).replaceAll(/\$\{(AWS::\w+)\}/g, (whole, name: string) => PSEUDO[name] ?? whole);
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

/** What the role with this logical id may do, from every policy attached to it, but for what is denied to the code of its function. */
export function statementsOf(
  template: Template,
  roleId: string,
  effect: 'Allow' | 'Deny' = 'Allow',
): readonly Statement[] {
  const policies = [...resourcesOf(template, 'AWS::IAM::Policy').values()].filter(({ Properties }) =>
    referencesIn(Properties['Roles']).includes(roleId),
  );
  return policies.flatMap(({ Properties }) => {
    const { Statement } = plain(Properties['PolicyDocument']) as { Statement: Record<string, unknown>[] };
    return Statement.filter((statement) => statement['Effect'] === effect).map((statement) => ({
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
  return statementsOf(template, roleOf(template, name));
}

/** What is denied to the code of a function. */
export function denialsOf(template: Template, name: string): readonly Statement[] {
  return statementsOf(template, roleOf(template, name), 'Deny');
}

function roleOf(template: Template, name: string): string {
  return referencesIn(functionOf(template, name).Properties['Role'])[0]!;
}

/** The code of a function as it is uploaded: a folder of the cloud assembly. */
export function codeOf(stack: Stack, name: string): string {
  const { Code } = functionOf(Template.fromStack(stack), name).Properties;
  const hash = (Code as { S3Key: string }).S3Key.replace(/\.zip$/, '');
  return join(Stage.of(stack)?.assetOutdir ?? '', `asset.${hash}`);
}

/** The variables of a function, each reference as the text that `resolve` makes of it. */
export function variablesOf(template: Template, name: string): Record<string, string> {
  const { Environment } = plain(functionOf(template, name).Properties) as {
    Environment: { Variables: Record<string, string> };
  };
  return Environment.Variables;
}

/** What a function reads when it starts: its variables and files as they are after deployment; Lambda adds Region and folder. */
export function settingsOf(stack: Stack, template: Template, name = 'pod-sync'): Settings {
  const variables = Object.entries(variablesOf(template, name)).map(
    ([variable, value]) => [variable, deployed(variable, value)] as const,
  );
  return parseSettings({
    ...Object.fromEntries(variables),
    AWS_REGION: 'eu-west-1',
    LAMBDA_TASK_ROOT: codeOf(stack, name),
  });
}

/** `Ref` of a queue is its URL and of a bucket its name, which CloudFormation makes of lower-case letters; a role has an ARN. */
function deployed(variable: string, value: string): string {
  if (variable === 'LAMBDALET_VALUES')
    return value.replaceAll(/"([^"]*ExecRole[^"]*)"/g, '"arn:aws:iam::123456789012:role/$1"');
  const id = /^(?:import:[-\w]+:ExportsOutputRef)?(\w+)$/.exec(value)?.[1];
  if (id === undefined) return value;
  if (variable.endsWith('_QUEUE')) return `https://sqs.eu-west-1.amazonaws.com/123456789012/${id}`;
  return variable === 'LAMBDALET_FILES_BUCKET' ? `stack-${id.toLowerCase()}`.slice(0, 63) : value;
}
