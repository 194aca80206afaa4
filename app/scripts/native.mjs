// Brings the generated android/ and ios/ up to date: permissions and their texts, versions, icons, splash.
// Runs after every sync, once for each platform.
//
// WHATBENZ_BUILD: number of the build (1 where it is not set); the stores take each only once, and only upwards.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawDisc, drawFilled, drawForeground, drawIcon, drawSplash, GROUND } from "./art.mjs";
import {
  patchBackground,
  patchGradle,
  patchInfo,
  patchManifest,
  patchProject,
  REASONS,
  stringsOf,
} from "./patches.mjs";

const HERE = new URL("../", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", HERE), "utf8"));
const build = Number(process.env.WHATBENZ_BUILD || 1);
if (!Number.isInteger(build) || build < 1)
  throw new Error(`WHATBENZ_BUILD=${process.env.WHATBENZ_BUILD}: give a whole number from 1`);

const path = (name) => fileURLToPath(new URL(name, HERE));
const change = (name, patch, ...values) =>
  writeFileSync(path(name), patch(readFileSync(path(name), "utf8"), ...values));

async function finishAndroid() {
  const main = "android/app/src/main/";
  change(`${main}AndroidManifest.xml`, patchManifest);
  change("android/app/build.gradle", patchGradle, version, build);
  change(`${main}res/values/ic_launcher_background.xml`, patchBackground, GROUND);
  const densities = { mdpi: 1, hdpi: 1.5, xhdpi: 2, xxhdpi: 3, xxxhdpi: 4 };
  const splashes = {
    mdpi: [320, 480],
    hdpi: [480, 800],
    xhdpi: [720, 1280],
    xxhdpi: [960, 1600],
    xxxhdpi: [1280, 1920],
  };
  for (const [name, scale] of Object.entries(densities)) {
    const icons = path(`${main}res/mipmap-${name}/`);
    await drawIcon(48 * scale, `${icons}ic_launcher.png`);
    await drawDisc(48 * scale, `${icons}ic_launcher_round.png`);
    await drawForeground(108 * scale, `${icons}ic_launcher_foreground.png`);
    const [short, long] = splashes[name];
    await drawSplash(short, long, path(`${main}res/drawable-port-${name}/splash.png`));
    await drawSplash(long, short, path(`${main}res/drawable-land-${name}/splash.png`));
  }
  await drawSplash(480, 320, path(`${main}res/drawable/splash.png`));
}

async function finishIos() {
  const app = "ios/App/App/";
  change(`${app}Info.plist`, patchInfo);
  change("ios/App/App.xcodeproj/project.pbxproj", patchProject, version, build);
  for (const language of Object.keys(REASONS)) {
    mkdirSync(path(`${app}${language}.lproj`), { recursive: true });
    writeFileSync(path(`${app}${language}.lproj/InfoPlist.strings`), stringsOf(language));
  }
  await drawFilled(1024, 1, path(`${app}Assets.xcassets/AppIcon.appiconset/AppIcon-512@2x.png`));
  const splash = path(`${app}Assets.xcassets/Splash.imageset/splash-2732x2732`);
  await drawSplash(2732, 2732, `${splash}.png`);
  for (const copy of ["-1", "-2"]) copyFileSync(`${splash}.png`, `${splash}${copy}.png`);
}

const platform = process.env.CAPACITOR_PLATFORM_NAME; // set by cap
if (platform === "android") await finishAndroid();
if (platform === "ios") await finishIos();
