/** Items in the order of a number, the least first; equal ones in the order in which they came. */
export class MinHeap<T> {
  readonly #items: { readonly order: number; readonly turn: number; readonly item: T }[] = [];
  #turns = 0;

  get size(): number {
    return this.#items.length;
  }

  /** The least item and its number, left where it is. */
  peek(): { readonly order: number; readonly item: T } | undefined {
    return this.#items[0];
  }

  push(order: number, item: T): void {
    this.#items.push({ order, turn: (this.#turns += 1), item });
    let at = this.#items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the least item out. */
  pop(): T | undefined {
    const [least] = this.#items;
    const last = this.#items.pop();
    if (least === undefined || last === undefined) return undefined;
    if (this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink();
    }
    return least.item;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#items.length && this.#isBefore(left, least)) least = left;
      if (right < this.#items.length && this.#isBefore(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const first = this.#items[one];
    const second = this.#items[other];
    if (first === undefined || second === undefined) return false;
    return first.order === second.order ? first.turn < second.turn : first.order < second.order;
  }

  #swap(one: number, other: number): void {
    const first = this.#items[one];
    const second = this.#items[other];
    if (first === undefined || second === undefined) return;
    this.#items[one] = second;
    this.#items[other] = first;
  }
}
