import type { Place, Relation, Side } from '../logicalForm.js';
import type { ColourName } from '../scene.js';

/* Wordings of Chinese. `{图}` becomes 图像, 图片, 画面, 图 or 影像. */

/** Where in the picture, as a noun of place ("左侧"). */
export const placeWords: Readonly<Record<Place, readonly string[]>> = {
  left: ['左侧', '左边', '左半部分', '{图}左侧', '{图}左边', '{图}的左侧'],
  right: ['右侧', '右边', '右半部分', '{图}右侧', '{图}右边', '{图}的右侧'],
  top: ['上方', '上部', '顶部', '{图}上方', '{图}上部', '{图}的上半部分'],
  bottom: ['下方', '下部', '底部', '{图}下方', '{图}下部', '{图}的下半部分'],
  topLeft: ['左上方', '左上部', '{图}左上方', '{图}的左上部分'],
  topRight: ['右上方', '右上部', '{图}右上方', '{图}的右上部分'],
  bottomLeft: ['左下方', '左下部', '{图}左下方', '{图}的左下部分'],
  bottomRight: ['右下方', '右下部', '{图}右下方', '{图}的右下部分'],
  centre: ['中间', '中央', '中心', '{图}中间', '{图}中央', '{图}的中心'],
  topCentre: ['上方中间', '{图}上部中间', '顶部中央'],
  bottomCentre: ['下方中间', '{图}下部中间', '底部中央'],
  leftCentre: ['左侧中间', '{图}左侧中部'],
  rightCentre: ['右侧中间', '{图}右侧中部'],
  corner: ['角落里', '{图}角落', '角落'],
  topLeftCorner: ['左上角', '{图}左上角', '{图}的左上角'],
  topRightCorner: ['右上角', '{图}右上角', '{图}的右上角'],
  bottomLeftCorner: ['左下角', '{图}左下角', '{图}的左下角'],
  bottomRightCorner: ['右下角', '{图}右下角', '{图}的右下角'],
  leftEdge: ['左边缘', '{图}左边缘', '左侧边缘'],
  rightEdge: ['右边缘', '{图}右边缘', '右侧边缘'],
  topEdge: ['上边缘', '{图}上边缘', '最上面的边缘'],
  bottomEdge: ['下边缘', '{图}下边缘', '最下面的边缘'],
};

/** `{x}` is the anchor; each is a phrase that says where something is, used before 的 and after 不. */
export const relationWords: Readonly<Record<Relation, readonly string[]>> = {
  leftOf: ['在{x}左边', '位于{x}左侧', '在{x}的左侧', '在{x}的左边'],
  rightOf: ['在{x}右边', '位于{x}右侧', '在{x}的右侧', '在{x}的右边'],
  above: ['在{x}上方', '位于{x}上方', '在{x}的上方'],
  below: ['在{x}下方', '位于{x}下方', '在{x}的下方'],
  near: ['在{x}旁边', '靠近{x}', '在{x}附近', '紧邻{x}', '挨着{x}', '位于{x}旁'],
  on: ['在{x}上', '位于{x}上'],
};

/** For anchors that things are in. */
export const insideWords: readonly string[] = ['在{x}里', '在{x}中', '位于{x}内'];

export const sideWords: Readonly<Record<Side, { extreme: readonly string[]; from: readonly string[] }>> = {
  left: { extreme: ['最左边的', '最左侧的', '最靠左的'], from: ['从左数', '从左往右数', '从左起'] },
  right: { extreme: ['最右边的', '最右侧的', '最靠右的'], from: ['从右数', '从右往左数', '从右起'] },
  top: { extreme: ['最上面的', '最上方的', '最靠上的'], from: ['从上数', '从上往下数', '从上起'] },
  bottom: { extreme: ['最下面的', '最下方的', '最靠下的'], from: ['从下数', '从下往上数', '从下起'] },
};

export const headingWords: Readonly<Record<Side, readonly string[]>> = {
  left: ['朝左的', '朝向左边的', '头朝左的'],
  right: ['朝右的', '朝向右边的', '头朝右的'],
  top: ['朝上的', '朝向上方的', '头朝上的'],
  bottom: ['朝下的', '朝向下方的', '头朝下的'],
};

export const colourWords: Readonly<Record<ColourName, string>> = {
  white: '白色',
  black: '黑色',
  grey: '灰色',
  red: '红色',
  orange: '橙色',
  yellow: '黄色',
  green: '绿色',
  blue: '蓝色',
  purple: '紫色',
  pink: '粉色',
  brown: '棕色',
  beige: '米色',
};

export const chineseImperatives = [
  '请分割出',
  '分割',
  '分割出',
  '找到',
  '找出',
  '请找出',
  '标出',
  '请标出',
  '圈出',
  '高亮显示',
  '显示',
  '提取',
  '选中',
  '请标注',
  '帮我找',
  '定位',
  '识别出',
  '指出',
];

export const chineseNumerals = ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十'];
export const chineseOrdinals = ['一', '二', '三', '四', '五', '六', '七', '八'];
