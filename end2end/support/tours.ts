import { tourOfTheChat, tourOfTheDoor, tourOfTheInbox } from './tour.ts';
import { tourOfTheBooking } from './tour-of-booking.ts';
import { tourOfTheCalendars } from './tour-of-calendars.ts';
import { tourOfTheColleagues } from './tour-of-colleagues.ts';
import { tourOfTheMeetings } from './tour-of-meetings.ts';
import { tourOfTheRare } from './tour-of-rare.ts';
import { tourOfTheSearch } from './tour-of-search.ts';
import { tourOfTheSettings } from './tour-of-settings.ts';
import { tourOfTheTools } from './tour-of-tools.ts';
import { tourOfTheVisitor } from './tour-of-visitors.ts';

/** Together every state of every screen. */
export const TOURS = [
  ['sign-in and first start', tourOfTheDoor],
  ['inbox', tourOfTheInbox],
  ["visitor's chat", tourOfTheChat],
  ['booking by card and link', tourOfTheBooking],
  ['colleagues', tourOfTheColleagues],
  ['settings', tourOfTheSettings],
  ['list, search and saved replies', tourOfTheSearch],
  ["agent's tools", tourOfTheTools],
  ['meetings', tourOfTheMeetings],
  ['calendars elsewhere and mail', tourOfTheCalendars],
  ['visitors and replies', tourOfTheVisitor],
  ['what comes seldom', tourOfTheRare],
] as const;
