/** Points of time as ISO 8601 text, without the ambient `Date`. */
import type { WallTime } from "../world/index.ts";

const SECONDS_PER_DAY = 86_400;

/** `2026-11-21T09:50:03Z`, in UTC. */
export function isoTime(time: WallTime): string {
  const days = Math.floor(time.seconds / SECONDS_PER_DAY);
  const rest = time.seconds - days * SECONDS_PER_DAY;
  const { year, month, day } = civilDate(days);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map(two).join(":");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}Z`;
}

/**
 * The Gregorian date of a day counted from 1970-01-01. Years begin in March here, so that the leap day is a
 * year's last and months follow a formula; after Howard Hinnant's "chrono-compatible low-level date algorithms".
 */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
