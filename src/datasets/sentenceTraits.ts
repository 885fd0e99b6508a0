/** Words of a list, whole: `red` is not in `colored`. Endings such as `reddish` are listed where they are used. */
const english = (words: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`, 'iu');

const colours = english(
  'red(?:dish)?|orange|yellow(?:ish)?|green(?:ish|ery)?|cyan|teal|turquoise|blue(?:ish)?|bluish|navy|purple|violet|magenta|pink|brown(?:ish)?|tan|beige|maroon|gold(?:en)?|silver|gr[ae]y(?:ish)?|white|black|cream|khaki|colou?r(?:s|ed|ful)?|multicolou?red|rust[- ]colou?red',
);
const coloursChinese = /[红橙黄绿青蓝紫粉棕褐灰白黑金银]色?|彩色|颜色|米色/u;
const brightness = english(
  'dark(?:er|est)?|bright(?:er|est)?|light(?:er|est)?(?:[- ]colou?red)?|pale|shadow(?:s|y)?|shaded?|black|white|gr[ae]y',
);
const brightnessChinese = /[深浅亮暗黑白灰]|阴影/u;

/** True when a sentence names a colour, so that hue, saturation and grey would falsify it. */
export function namesColour(sentence: string): boolean {
  return colours.test(sentence) || coloursChinese.test(sentence);
}

/** True when a sentence says how light or dark something is. */
export function namesBrightness(sentence: string): boolean {
  return brightness.test(sentence) || brightnessChinese.test(sentence);
}

const placeOrRelation = english(
  [
    // Places in the picture; a superlative such as "leftmost" holds in every part that keeps its target.
    'left|right|top|bottom|upper|lower|up|down|north|south|east|west|north-?(?:east|west)(?:ern)?|south-?(?:east|west)(?:ern)?',
    'northern|southern|eastern|western|middle|cent(?:er|re|ral|rally)|corners?|edges?|borders?|sides?|half|halves|quarter|background|foreground|image|picture|photo|scene|frame',
    // Relations to things that a crop may cut away.
    'above|below|under|over|behind|front|near(?:est|er|by)?|next|beside|close(?:st|r)?|adjacent|along(?:side)?|around|surround(?:ed|ing|s)|between|among|against|across|opposite|by|far(?:thest)?|furthest|away|facing|toward|towards|parallel|beyond|outside|inside|within|connect(?:ed|ing|s)|leading|from',
    'than|except|excluding|but|apart|other|isolated|alone|only|lonely|separate|cluster|crowd(?:ed)?|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\\d+(?:st|nd|rd|th)|most of',
  ].join('|'),
);
const placeOrRelationChinese =
  /[左右东南西北前后]|上[方边侧部半角面]|下[方边侧部半角面]|[顶底][部端]|中[间央心部]|角|边缘?|旁|附近|靠近|邻近|相邻|之间|周围|对面|远|近|环绕|围绕|内|里|外|第|唯一|孤立|单独|图|除|不包括|比/u;

/**
 * True when a sentence says where in the picture its target lies, counts from a side, or relates it to other things: a
 * part of the picture may then falsify it, even one that holds the whole target.
 */
export function namesPlace(sentence: string): boolean {
  return placeOrRelation.test(sentence) || placeOrRelationChinese.test(sentence);
}
