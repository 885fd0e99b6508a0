import { airport } from './airport.js';
import { beach, marina, openSea, port } from './coast.js';
import { farmland, pylons, solarFarm, windFarm } from './countryside.js';
import type { Theme } from './themes.js';
import {
  downtown,
  dryVillage,
  estate,
  grounds,
  industry,
  informal,
  layTown,
  leisure,
  refinery,
  retail,
  suburb,
  type TownStyle,
  works,
} from './town.js';
import { motorway, railYard, roundabout } from './transport.js';
import { lakes, reservoir, river } from './waterside.js';

const town = (name: string, weight: number, gsdM: Theme['gsdM'], style: TownStyle): Theme => ({
  name,
  weight,
  gsdM,
  layout: (input) => layTown(input, style),
});

/** Every kind of scene. */
export const themes: readonly Theme[] = [
  town('suburb', 7, [0.1, 0.5], suburb),
  town('village', 4, [0.1, 0.5], dryVillage),
  town('settlement', 3, [0.1, 0.35], informal),
  town('downtown', 6, [0.1, 0.5], downtown),
  town('estate', 5, [0.12, 0.6], estate),
  town('retail', 5, [0.1, 0.42], retail),
  town('industry', 6, [0.15, 0.8], industry),
  town('refinery', 5, [0.2, 1.1], refinery),
  town('works', 8, [0.1, 0.35], works),
  town('leisure', 8, [0.2, 0.9], leisure),
  town('grounds', 7, [0.35, 1.3], grounds),
  { name: 'sea', wild: 0, weight: 4, gsdM: [0.2, 2], layout: openSea },
  { name: 'beach', weight: 3, gsdM: [0.2, 1], layout: beach },
  { name: 'marina', wild: 0.4, weight: 5, gsdM: [0.1, 0.4], layout: marina },
  { name: 'port', wild: 0.15, weight: 6, gsdM: [0.25, 1.2], layout: port },
  { name: 'airport', wild: 0.12, weight: 10, gsdM: [0.2, 1.2], layout: airport },
  { name: 'farmland', wild: 0.3, weight: 3, gsdM: [0.3, 2], layout: farmland },
  { name: 'windfarm', wild: 0.3, weight: 4, gsdM: [0.4, 1.6], layout: windFarm },
  { name: 'pylons', weight: 6, gsdM: [0.12, 0.7], layout: pylons },
  { name: 'solar', wild: 0.25, weight: 4, gsdM: [0.15, 1], layout: solarFarm },
  { name: 'river', weight: 7, gsdM: [0.3, 1.5], layout: river },
  { name: 'reservoir', weight: 6, gsdM: [0.4, 1.6], layout: reservoir },
  { name: 'lakes', weight: 3, gsdM: [0.3, 1.2], layout: lakes },
  { name: 'rail', weight: 7, gsdM: [0.1, 0.5], layout: railYard },
  { name: 'motorway', weight: 4, gsdM: [0.1, 0.5], layout: motorway },
  { name: 'roundabout', weight: 4, gsdM: [0.1, 0.5], layout: roundabout },
];
