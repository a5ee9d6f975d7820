import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachCustomSynthesis, Stack, Stage, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface BootstrapFileProps {
  /** The name of the virtual cluster. */
  readonly cluster: string;
  readonly yaml: string;
}

/**
 * Writes the rights in the Kubernetes cluster beside the templates: `lambdalet-<cluster>.bootstrap.yaml` in the cloud assembly of the
 * app or stage. Where it has several virtual clusters of one name, account and Region are in the names of their files.
 */
export class BootstrapFile extends Construct {
  readonly #cluster: string;

  constructor(scope: Construct, id: string, { cluster, yaml }: BootstrapFileProps) {
    super(scope, id);
    this.#cluster = cluster;
    attachCustomSynthesis(this, {
      onSynthesize: ({ assembly }) => writeFileSync(join(assembly.outdir, this.#fileName()), yaml),
    });
  }

  #fileName(): string {
    const all = Stage.of(this)?.node.findAll() ?? [];
    const namesakes = all.filter((one) => one instanceof BootstrapFile && one.#cluster === this.#cluster);
    const { account, region } = Stack.of(this);
    const place = [account, region].map((part) => (Token.isUnresolved(part) ? 'any' : part));
    const suffix = namesakes.length > 1 ? `-${place.join('-')}` : '';
    return `lambdalet-${this.#cluster}${suffix}.bootstrap.yaml`;
  }
}
