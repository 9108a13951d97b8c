"use strict";
/* Where officers are at a time of the day, and which schools they could reach from there. */

function clockText(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/**
 * Where an officer is: {at: school} at a stop, with {rest: true} on a break, {at, path, share} on
 * the way (at the stop nearer in time), or null before and after the shift.
 */
function whereabouts(track, seconds) {
  const { stops } = track;
  if (seconds < stops[0].arrival || seconds > stops[stops.length - 1].departure) return null;
  let k = 0;
  while (k + 1 < stops.length && stops[k + 1].arrival <= seconds) k += 1;
  if (seconds <= stops[k].departure || k + 1 === stops.length) {
    const rest = track.breaks.some(([begin, end]) => begin <= seconds && seconds < end);
    return rest ? { at: stops[k].school, rest } : { at: stops[k].school };
  }
  const drive = stops[k + 1].arrival - stops[k].departure;
  const share = drive > 0 ? (seconds - stops[k].departure) / drive : 1;
  return { at: stops[share < 0.5 ? k : k + 1].school, path: track.paths[k], share };
}

/** For each school the number of thresholds that the nearest officer who may be called is over; the most for none. */
function nearestBands(days, spots) {
  const worst = days.thresholds.length;
  const bands = new Array(days.reach.length).fill(worst);
  for (const spot of spots) {
    const row = spot && (days.called_in_break || !spot.rest) ? days.reach[spot.at] : "";
    for (let k = 0; k < row.length; k += 1) bands[k] = Math.min(bands[k], row.charCodeAt(k) - 48);
  }
  return bands;
}

/** Whether a school is open on the day of an option. */
function isOpen(day, school, seconds) {
  const hours = day.hours[school];
  return hours !== null && hours[0] <= seconds && seconds < hours[1];
}

/** How many open schools are over each threshold. */
function overEach(days, day, bands, seconds) {
  const open = bands.filter((_, school) => isOpen(day, school, seconds));
  return days.thresholds.map((_, t) => open.filter((band) => band > t).length);
}

/** The point a share of the way along a line of [lat, lon]. */
function along(line, share) {
  const flat = Math.cos((line[0][0] * Math.PI) / 180);
  const lengths = line.slice(1).map((p, k) => Math.hypot(p[0] - line[k][0], (p[1] - line[k][1]) * flat));
  let left = share * lengths.reduce((sum, length) => sum + length, 0);
  for (let k = 0; k < lengths.length; k += 1) {
    if (left <= lengths[k] && lengths[k] > 0) {
      const part = left / lengths[k];
      return [0, 1].map((i) => line[k][i] + part * (line[k + 1][i] - line[k][i]));
    }
    left -= lengths[k];
  }
  return line[line.length - 1];
}
