/**
 * Who has the state of the group, and who gives it to whom, as each installed view says: a member that has it gives it to
 * those whose donor it is, as it was at the installation after which they were named to it for the first time.
 */
import { isSameMember, type Seat, type Value } from "./membership/seat.ts";
import { type Member, memberName } from "./types.ts";

export interface DonorChange {
  /** To whom the state is to be given, captured now. */
  readonly capture: readonly Seat[];
  /** Of whom it is to be got; undefined: as before. */
  readonly pull: Seat | undefined;
  /** We had no state, and nobody has. */
  readonly isNobodys: boolean;
}

export class Donors {
  hasState = false;
  /** Of whom we are getting the state. */
  donor: Member | undefined;
  #served = new Set<string>();
  /** The state came after we had said, for the next view, that we do not have it. */
  #isLate = false;

  /** A view is installed, in which we have this rank. */
  install({ members, donors }: Value, rank: number): DonorChange {
    const served = new Set<string>();
    const capture: Seat[] = [];
    members.forEach((member, other) => {
      if (other === rank || donors[other] !== rank) return;
      const name = memberName(member);
      served.add(name);
      if (!this.#served.has(name)) capture.push(member);
    });
    this.#served = served;
    const isNobodys = donors[rank] === rank && !this.hasState;
    const pull = this.#ownDonor(members, donors[rank] as number, rank);
    // The view was decided by what we had said: only if it leaves us our donor, what came of that is the state.
    if (this.#isLate && !isNobodys && pull === undefined) this.received(false);
    this.#isLate = false;
    return { capture, pull, isNobodys };
  }

  #ownDonor(members: readonly Seat[], donorRank: number, rank: number): Seat | undefined {
    if (donorRank === rank) {
      this.hasState = true;
      this.donor = undefined;
      return undefined;
    }
    const donor = members[donorRank] as Seat;
    if (this.hasState || (this.donor !== undefined && isSameMember(this.donor, donor))) return undefined;
    this.donor = donor;
    return donor;
  }

  /** The state is here. @param isLate we have said that we do not have it, and others decide by that who has. */
  received(isLate: boolean): void {
    this.#isLate = isLate;
    if (isLate) return;
    this.hasState = true;
    this.donor = undefined;
  }
}
