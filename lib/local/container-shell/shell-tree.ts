/** A script of the simulated shell, parsed. Text is bytes as characters (latin1), as everything in this folder. */
export type Node =
  | {
      readonly kind: 'simple';
      readonly assignments: readonly Assignment[];
      readonly words: readonly Word[];
      readonly redirections: readonly Redirection[];
    }
  | { readonly kind: 'pipeline'; readonly commands: readonly Node[]; readonly negated: boolean }
  | { readonly kind: 'and-or'; readonly left: Node; readonly when: '&&' | '||'; readonly right: Node }
  | { readonly kind: 'list'; readonly nodes: readonly Node[] }
  | { readonly kind: 'background'; readonly node: Node }
  | {
      readonly kind: 'group' | 'subshell';
      readonly body: Node;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'if';
      readonly test: Node;
      readonly then: Node;
      readonly otherwise?: Node;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'loop';
      readonly until: boolean;
      readonly test: Node;
      readonly body: Node;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly words?: readonly Word[];
      readonly body: Node;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly branches: readonly Branch[];
      readonly redirections: readonly Redirection[];
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Node };

export interface Branch {
  readonly patterns: readonly Word[];
  readonly body: Node;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export interface Redirection {
  readonly fd: number;
  readonly operator: '<' | '>' | '>>' | '<&' | '>&';
  readonly target: Word;
}

/** One word: what stands side by side in it. */
export type Word = readonly Part[];

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly operator?: string;
      readonly argument?: Word;
      readonly quoted: boolean;
    }
  | { readonly kind: 'command'; readonly body: Node; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: Word; readonly quoted: boolean };

/** A script that cannot be read. `incomplete`: it could be with more lines. */
export class SyntaxFault extends Error {
  readonly incomplete: boolean;
  constructor(message: string, incomplete = false) {
    super(message);
    this.incomplete = incomplete;
  }
}
