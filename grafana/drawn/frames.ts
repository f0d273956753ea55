// What Prometheus answered, as data frames, with a panel's transformations and field settings applied
// by Grafana's own functions.
import {
  applyFieldOverrides, createTheme, DataFrame, getFieldDisplayValuesProxy, FieldConfigOptionsRegistry, FieldType,
  standardTransformers, standardTransformersRegistry, toDataFrame, transformDataFrame,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

export const theme = createTheme({ colors: { mode: 'light' } });

standardTransformersRegistry.setInit(() =>
  [...new Map(Object.values(standardTransformers).map((info: any) => [info.id, info])).values()].map((info: any) => ({
    id: info.id, name: info.name, transformation: info, editor: () => null, imageDark: '', imageLight: '',
  }))
);

// The settings that the boards use; the server's core registers the same ids with their editors.
const KNOWN = ['unit', 'decimals', 'displayName', 'mappings', 'thresholds', 'color', 'links', 'noValue', 'min', 'max'];
const CUSTOM = [
  'cellOptions', 'hidden', 'minWidth', 'align', 'drawStyle', 'lineWidth', 'fillOpacity', 'stacking', 'spanNulls',
  'axisSoftMin', 'thresholdsStyle',
];
const registry = new FieldConfigOptionsRegistry(() => [...KNOWN, ...CUSTOM.map((id) => `custom.${id}`)].map((id) => ({
  id, path: id.replace('custom.', ''), name: id, isCustom: id.startsWith('custom.'),
  process: (value: any) => value, shouldApply: () => true, override: () => null, editor: () => null,
} as any)));

type Answer = Array<{ metric: Record<string, string>; value?: [number, string]; values?: Array<[number, string]> }>;

function legend(format: string, labels: Record<string, string>) {
  return format ? format.replace(/{{\s*(\w+)\s*}}/g, (_, key) => labels[key] ?? '') : undefined;
}

function asSeries(target: any, answer: Answer): DataFrame[] {
  return answer.map((one) => {
    const samples = one.values ?? [one.value!];
    return toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: samples.map(([when]) => when * 1000) },
        {
          name: 'Value', type: FieldType.number, labels: one.metric, values: samples.map(([, value]) => Number(value)),
          config: { displayNameFromDS: legend(target.legendFormat, one.metric) },
        },
      ],
    });
  });
}

function asTable(target: any, answer: Answer, several: boolean): DataFrame[] {
  const labels = [...new Set(answer.flatMap((one) => Object.keys(one.metric)))];
  if (!answer.length) return [];
  return [toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: answer.map((one) => one.value![0] * 1000) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: answer.map((one) => one.metric[name] ?? '') })),
      {
        name: several ? `Value #${target.refId}` : 'Value', type: FieldType.number,
        values: answer.map((one) => Number(one.value![1])),
      },
    ],
  })];
}

export async function framesOf(panel: any, answers: Record<string, Answer>, variables: Record<string, string>) {
  const several = panel.targets.length > 1;
  const raw = panel.targets.flatMap((target: any) =>
    target.format === 'table' ? asTable(target, answers[target.refId], several) : asSeries(target, answers[target.refId])
  );
  const transformed = await firstValueFrom(transformDataFrame(panel.transformations ?? [], raw));
  return applyFieldOverrides({
    data: transformed, fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] }, fieldConfigRegistry: registry,
    replaceVariables: (text, scoped) => replaced(ofRow(text, scoped), variables), theme, timeZone: 'Europe/Paris',
  });
}

// A data link names fields of its row; Grafana's own proxy finds them.
function ofRow(text: string, scoped: any) {
  const row = scoped?.__dataContext?.value;
  if (!row) return text;
  const fields: any = getFieldDisplayValuesProxy({ frame: row.frame, rowIndex: row.rowIndex });
  return text.replace(/\${__data\.fields\.(\w+)(?:\.(\w+))?}/g, (_, name, part) => String(part ? fields[name][part] : fields[name]));
}

export function replaced(text: string, variables: Record<string, string>) {
  return Object.entries(variables).reduce(
    (said, [name, value]) => said.split(name).join(value).split(`\${${name.slice(1)}}`).join(value), text
  );
}
