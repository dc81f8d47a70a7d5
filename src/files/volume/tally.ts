/** Small counts for very many inode numbers: one byte each, in pages made when they are first needed. */
const PAGE = 65_536;
const LARGE = 255;

export class Tally {
  private readonly pages = new Map<number, Uint8Array>();
  /** Counts that do not fit in a byte. */
  private readonly large = new Map<number, number>();

  get(number: number): number {
    const small = this.pages.get(Math.floor(number / PAGE))?.[number % PAGE] ?? 0;
    return small < LARGE ? small : (this.large.get(number) ?? LARGE);
  }

  set(number: number, count: number): void {
    const pageNumber = Math.floor(number / PAGE);
    let page = this.pages.get(pageNumber);
    if (page === undefined) {
      page = new Uint8Array(PAGE);
      this.pages.set(pageNumber, page);
    }
    page[number % PAGE] = Math.min(count, LARGE);
    if (count >= LARGE) this.large.set(number, count);
  }

  add(number: number): void {
    this.set(number, this.get(number) + 1);
  }
}
