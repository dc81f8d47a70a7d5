/**
 * Times as certificates write them (RFC 5280 section 4.1.2.5): UTCTime with two digits of the year through 2049, GeneralizedTime with four
 * from 2050 on, both in whole seconds of UTC. Days to dates as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
 */
import { DerError, type DerReader, element, Tag } from "./der.ts";

const DAY_MS = 86_400_000;
/** The last second that GeneralizedTime can write: 9999-12-31T23:59:59Z. */
export const MAX_TIME_MS = 253_402_300_799_000;
const FIRST_GENERALIZED_YEAR = 2050;

/** A point of time, cut to the second. @throws RangeError before 1970 and after 9999. */
export function encodeTime(ms: number): Uint8Array {
  if (!(ms >= 0 && ms <= MAX_TIME_MS)) throw new RangeError(`no time of a certificate: ${ms} ms`);
  const { year, month, day } = dateOf(Math.floor(ms / DAY_MS));
  const second = Math.floor((ms % DAY_MS) / 1000);
  const parts = [month, day, Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
  const rest = `${parts.map(two).join("")}Z`;
  const bytes = (text: string) => new TextEncoder().encode(text);
  if (year < FIRST_GENERALIZED_YEAR) return element(Tag.UTC_TIME, bytes(two(year % 100) + rest));
  return element(Tag.GENERALIZED_TIME, bytes(String(year) + rest));
}

/** Milliseconds since 1970. Whether the form was the right one shows when it is encoded again. */
export function decodeTime(reader: DerReader): number {
  const isShort = reader.peek() === Tag.UTC_TIME;
  const text = String.fromCharCode(...reader.take(isShort ? Tag.UTC_TIME : Tag.GENERALIZED_TIME));
  const form = isShort
    ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
    : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  const found = form.exec(text);
  if (found === null) throw new DerError(`no time: ${text}`);
  const [y, month, day, hour, minute, second] = found.slice(1).map(Number) as Six;
  const year = isShort ? y + (y >= 70 ? 1900 : 2000) : y;
  return daysUntil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

type Six = [number, number, number, number, number, number];

const two = (n: number) => String(n).padStart(2, "0");

/** Days of 400 years, in which the calendar repeats itself. */
const ERA_DAYS = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;

/** Days since 1970-01-01 of a date of the Gregorian calendar. Years are counted from March, so that a leap day is their last. */
function daysUntil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * ERA_DAYS + dayOfEra - EPOCH_DAYS;
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
