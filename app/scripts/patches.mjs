// What the generated native projects lack, as functions from a file's text to its new text.
// Each changes nothing the second time, and fails where Capacitor's template has changed under it.

/** Why the app wants the camera and the photos, as iOS asks for leave. */
export const REASONS = {
  en: {
    NSCameraUsageDescription: "What Benz takes a photo of a car to tell which model it is.",
    NSPhotoLibraryUsageDescription: "What Benz reads the photo that you choose to tell which car it shows.",
  },
  de: {
    NSCameraUsageDescription: "What Benz nimmt ein Foto von einem Auto auf, um das Modell zu erkennen.",
    NSPhotoLibraryUsageDescription: "What Benz liest das Foto, das Sie wählen, um das Auto darauf zu erkennen.",
  },
};

function insert(text, anchor, added, where = "after") {
  if (text.includes(added)) return text;
  if (!text.includes(anchor))
    throw new Error(`the template has no ${JSON.stringify(anchor)}: change app/scripts/patches.mjs with it`);
  return text.replace(anchor, () => (where === "after" ? anchor + added : added + anchor));
}

/**
 * AndroidManifest.xml. The phone's own camera app takes the photo, which needs no permission of ours (it would, were
 * CAMERA declared); but since Android 11 an app must name what it asks for, or it does not see the camera app.
 * No backup: past photos stay on the device.
 */
export function patchManifest(text) {
  const named = `
    <uses-feature android:name="android.hardware.camera.any" android:required="false" />

    <queries>
        <intent>
            <action android:name="android.media.action.IMAGE_CAPTURE" />
        </intent>
    </queries>
`;
  return insert(text, "</manifest>", named, "before").replace(
    'android:allowBackup="true"',
    'android:allowBackup="false"',
  );
}

/** app/build.gradle: the version shown, and the number that counts up with each upload. */
export const patchGradle = (text, version, build) =>
  text.replace(/versionCode \d+/, `versionCode ${build}`).replace(/versionName "[^"]*"/, `versionName "${version}"`);

/** values/ic_launcher_background.xml: the ground behind the adaptive icon. */
export const patchBackground = (text, colour) => text.replace(/#[0-9A-Fa-f]{6}/, colour);

/** Info.plist: why camera and photos, and that no encryption of its own wants export papers. */
export function patchInfo(text) {
  const texts = Object.entries(REASONS.en)
    .map(([key, reason]) => `\t<key>${key}</key>\n\t<string>${reason}</string>\n`)
    .join("");
  return insert(
    text,
    "</dict>\n</plist>",
    `${texts}\t<key>ITSAppUsesNonExemptEncryption</key>\n\t<false/>\n`,
    "before",
  );
}

/** <language>.lproj/InfoPlist.strings. */
export const stringsOf = (language) =>
  Object.entries(REASONS[language])
    .map(([key, reason]) => `"${key}" = "${reason}";\n`)
    .join("");

/** project.pbxproj: the strings of both languages belong to the app; the versions. */
export function patchProject(text, version, build) {
  const id = (number) => `B0E20000000000000000000${number}`;
  const strings = `${id(2)} /* InfoPlist.strings */`;
  const resource = `${id(1)} /* InfoPlist.strings in Resources */`;
  const german = `${id(3)} /* de */`;
  const english = `${id(4)} /* en */`;
  const kind = 'isa = PBXFileReference; lastKnownFileType = text.plist.strings; sourceTree = "<group>";';
  const added = [
    ["/* Begin PBXBuildFile section */\n", `\t\t${resource} = {isa = PBXBuildFile; fileRef = ${strings}; };\n`],
    [
      "/* Begin PBXFileReference section */\n",
      `\t\t${german} = {${kind} name = de; path = de.lproj/InfoPlist.strings; };\n` +
        `\t\t${english} = {${kind} name = en; path = en.lproj/InfoPlist.strings; };\n`,
    ],
    [
      "/* Begin PBXVariantGroup section */\n",
      `\t\t${strings} = {\n\t\t\tisa = PBXVariantGroup;\n\t\t\tchildren = (\n\t\t\t\t${german},\n` +
        `\t\t\t\t${english},\n` +
        '\t\t\t);\n\t\t\tname = InfoPlist.strings;\n\t\t\tsourceTree = "<group>";\n\t\t};\n',
    ],
    ["504EC3131FED79650016851F /* Info.plist */,\n", `\t\t\t\t${strings},\n`],
    ["504EC30F1FED79650016851F /* Assets.xcassets in Resources */,\n", `\t\t\t\t${resource},\n`],
    ["\t\t\tknownRegions = (\n\t\t\t\ten,\n", "\t\t\t\tde,\n"],
  ];
  return added
    .reduce((made, [anchor, lines]) => insert(made, anchor, lines), text)
    .replace(/MARKETING_VERSION = [^;]+;/g, `MARKETING_VERSION = ${version};`)
    .replace(/CURRENT_PROJECT_VERSION = [^;]+;/g, `CURRENT_PROJECT_VERSION = ${build};`);
}
