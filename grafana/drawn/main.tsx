// Draws a board with the components that Grafana itself draws with, from data.json. Grafana's server,
// its scenes and the state timeline's own panel are not part of these packages: the timeline is drawn
// here, in the colours of the board.
import { dateTime, getFieldDisplayValues, getFieldDisplayName, renderMarkdown, ThemeContext } from '@grafana/data';
import {
  BarGauge, BarGaugeDisplayMode, BigValue, BigValueColorMode, BigValueGraphMode, PanelChrome, Table, TimeSeries, GlobalStyles,
} from '@grafana/ui';
import 'uplot/dist/uPlot.min.css';
import { LegendDisplayMode, VizOrientation } from '@grafana/schema';
import React, { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { framesOf, replaced, theme } from './frames';

const WIDTH = 1600;
const CELL = 38;

function Stat({ panel, frames, width, height }: any) {
  const found = getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: (t: string) => t,
    theme, data: frames, timeZone: 'Europe/Paris',
  });
  return (
    <div className="stats">
      {found.map((one, place) => (
        <BigValue key={place} width={width / found.length - 4} height={height} value={one.display} theme={theme}
          colorMode={panel.options.colorMode as BigValueColorMode} graphMode={BigValueGraphMode.None}
          textMode={panel.options.textMode} count={found.length} />
      ))}
    </div>
  );
}

function Bars({ panel, frames, width, height }: any) {
  const found = getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: { calcs: ['lastNotNull'], values: false },
    replaceVariables: (t: string) => t, theme, data: frames, timeZone: 'Europe/Paris',
  });
  return <>{found.map((one, place) => (
    <div key={place} style={{ marginBottom: 6 }}>
      <BarGauge value={one.display} field={one.field as any} width={width} height={height / found.length - 8}
        orientation={VizOrientation.Horizontal} displayMode={BarGaugeDisplayMode.Basic} theme={theme} showUnfilled
        namePlacement={panel.options.namePlacement} />
    </div>
  ))}</>;
}

function Curves({ panel, frames, width, height, range }: any) {
  if (!frames.some((frame: any) => frame.fields[1].values.some(Number.isFinite))) return <Nothing panel={panel} />;
  // As Grafana's own panel does before it draws: what is not a number is a gap.
  const finite = frames.map((frame: any) => ({
    ...frame,
    fields: frame.fields.map((field: any) => ({ ...field, values: field.values.map((v: number) => (Number.isFinite(v) ? v : null)) })),
  }));
  const legend = { ...panel.options.legend, displayMode: LegendDisplayMode.List, calcs: [] };
  return <TimeSeries frames={finite} width={width} height={height} timeRange={range} timeZone="Europe/Paris" legend={legend} />;
}

function Timeline({ frames, width, height, range }: any) {
  const left = 210;
  const span = range.to.valueOf() - range.from.valueOf();
  const at = (moment: number) => left + ((moment - range.from.valueOf()) / span) * (width - left - 8);
  const row = (height - 60) / frames.length;
  const words = new Map<string, string>();
  return (
    <svg width={width} height={height} style={{ font: '12px Inter, DejaVu Sans, sans-serif' }}>
      {frames.map((frame: any, place: number) => {
        const [time, value] = frame.fields;
        return (
          <g key={place}>
            <text x={left - 10} y={place * row + row / 2 + 4} textAnchor="end" fill={theme.colors.text.primary}>
              {getFieldDisplayName(value, frame, frames)}
            </text>
            {time.values.map((moment: number, n: number) => {
              const said = value.display(value.values[n]);
              words.set(said.text, said.color);
              const until = Math.min(time.values[n + 1] ?? moment + 1000, moment + 2000);
              return <rect key={n} x={at(moment)} y={place * row + row * 0.08} width={at(until) - at(moment) + 0.4} height={row * 0.84} fill={said.color} />;
            })}
          </g>
        );
      })}
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <text key={part} x={at(range.from.valueOf() + part * span)} y={height - 42} fill={theme.colors.text.secondary}
          textAnchor={part === 1 ? 'end' : 'middle'}>
          {new Date(range.from.valueOf() + part * span).toLocaleTimeString('fr-FR', { timeZone: 'Europe/Paris' })}
        </text>
      ))}
      {[...words].map(([text, color], n) => (
        <g key={text} transform={`translate(${left + n * 210}, ${height - 22})`}>
          <rect width={14} height={4} y={4} fill={color} /><text x={20} y={10} fill={theme.colors.text.primary}>{text}</text>
        </g>
      ))}
    </svg>
  );
}

function Nothing({ panel }: any) {
  const said = panel.fieldConfig?.defaults?.noValue ?? '';
  return <div style={{ display: 'grid', placeItems: 'center', height: '100%', color: theme.colors.text.secondary }}>{said}</div>;
}

function Body(given: any) {
  const { panel, frames, width, height } = given;
  if (panel.type === 'stat') return <Stat {...given} />;
  if (panel.type === 'bargauge') return <Bars {...given} />;
  if (panel.type === 'state-timeline') return <Timeline {...given} />;
  if (panel.type === 'timeseries') return <Curves {...given} />;
  if (!frames.length || !frames[0].length) return <Nothing panel={panel} />;
  return <Table data={frames[0]} width={width} height={height} cellHeight={panel.options?.cellHeight} />;
}

function Board({ found, variables, range }: any) {
  const [frames, setFrames] = useState<any>();
  const { board, answers } = found;
  useEffect(() => {
    const queried = board.panels.filter((panel: any) => panel.targets);
    Promise.all(queried.map((panel: any) => framesOf(panel, answers[panel.id], variables)))
      .then((all) => setFrames(Object.fromEntries(queried.map((panel: any, n: number) => [panel.id, all[n]]))));
  }, []);
  if (!frames) return null;
  const unit = WIDTH / 24;
  const bottom = Math.max(...board.panels.map((panel: any) => panel.gridPos.y + panel.gridPos.h));
  return (
    <div className="board" id="board" style={{ height: bottom * CELL + 50, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
      <div style={{ padding: '12px 14px', fontSize: 20, fontWeight: 500 }}>{board.title}</div>
      {board.panels.map((panel: any) => {
        const place = { left: panel.gridPos.x * unit + 4, top: panel.gridPos.y * CELL + 48 };
        const width = panel.gridPos.w * unit - 8;
        const height = panel.gridPos.h * CELL - 8;
        const title = replaced(panel.title ?? '', { $composant: 'Choix du titre de séjour' });
        if (panel.type === 'row') return <div key={panel.id} className="row" style={place}>⌄ {title}</div>;
        if (panel.type === 'text') {
          const html = renderMarkdown(replaced(panel.options.content, variables));
          return <div key={panel.id} className="panel note" style={{ ...place, width }} dangerouslySetInnerHTML={{ __html: html }} />;
        }
        return (
          <div key={panel.id} className="panel" style={place}>
            <PanelChrome title={title} width={width} height={height} description={panel.description}>
              {(w: number, h: number) => <Body panel={panel} frames={frames[panel.id]} width={w} height={h} range={range} />}
            </PanelChrome>
          </div>
        );
      })}
    </div>
  );
}

const name = new URLSearchParams(location.search).get('board') ?? 'disponibilite';
fetch('/data.json').then((answer) => answer.json()).then((data) => {
  const from = dateTime(data.range.from);
  const to = dateTime(data.range.to);
  const range = { from, to, raw: { from, to } };
  createRoot(document.getElementById('root')!).render(
    <MemoryRouter>
      <ThemeContext.Provider value={theme}>
        <GlobalStyles />
        <Board found={data.boards[name]} variables={data.variables} range={range} />
      </ThemeContext.Provider>
    </MemoryRouter>
  );
});
