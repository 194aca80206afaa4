"""croissant.json: the data set in the MLCommons Croissant format 1.0, for tools and data set searches.

The format: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from typing import Any

from curate.documents.facts import DatasetFacts

_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection", "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform", "rai": "http://mlcommons.org/croissant/RAI/",
}

# Columns of the manifest as fields: name → (data type, what it holds).
_FIELDS = {
    "sha256": ("sc:Text", "sha256 of the original file's bytes, 64 hex digits"),
    "split_group_id": ("sc:Text", "group of pictures that stands on one side of the split"),
    "url": ("sc:Text", "address the original was fetched from"),
    "page_url": ("sc:Text", "page that shows the original"),
    "author": ("sc:Text", "author as the source gives it"),
    "license": ("sc:Text", "licence as the source names it"),
    "license_url": ("sc:Text", "address of the licence's text"),
    "width": ("sc:Integer", "width of the file, px"),
    "height": ("sc:Integer", "height of the file, px"),
}


def describe_croissant(facts: DatasetFacts, manifest_sha256: str) -> dict[str, Any]:
    """Return the Croissant metadata of a data set folder with manifest.parquet, train/ and valid/.

    Args:
        facts: the data set's numbers.
        manifest_sha256: sha256 of manifest.parquet.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "whatbenz",
        "description": _describe(facts),
        "version": facts.version,
        "license": _licence_url(facts),
        "url": "README.md",
        "citeAs": "Cite the authors in metadata.csv; each picture belongs to its author.",
        "datePublished": facts.last_found or "1970-01-01",
        "keywords": ["image classification", "fine-grained recognition", "cars", "Mercedes-Benz"],
        "rai:dataCollection": "Image searches by class name; see README.md.",
        "rai:dataLimitation": "Labels come from search queries and were checked in part; see README.md.",
        "distribution": [
            {"@type": "cr:FileObject", "@id": "manifest.parquet", "name": "manifest.parquet",
             "description": "One row a picture.", "contentUrl": "manifest.parquet",
             "encodingFormat": "application/x-parquet", "sha256": manifest_sha256},
            {"@type": "cr:FileSet", "@id": "pictures", "name": "pictures",
             "description": "JPEG files, a folder a split and class.",
             "encodingFormat": "image/jpeg", "includes": ["train/*/*.jpg", "valid/*/*.jpg"]},
        ],
        "recordSet": [_splits(), _classes(facts), _images()] if facts.total else [],
    }


def _describe(facts: DatasetFacts) -> str:
    kind = "Drawn pictures of cars, no photographs," if facts.drawn else "Pictures of cars"
    return (f"{kind} in {(facts.classes[['train', 'valid']].sum(axis=1) > 0).sum()} classes: {facts.train} to train on "
            f"and {facts.valid} to validate with. No photograph stands on both sides.")


def _licence_url(facts: DatasetFacts) -> str:
    licence = next(iter(facts.licences), "none")
    return licence if len(facts.licences) == 1 else "various: the columns license and license_url name each picture's"


def _splits() -> dict[str, Any]:
    roles = {"train": "cr:TrainingSplit", "valid": "cr:ValidationSplit"}
    return {
        "@type": "cr:RecordSet", "@id": "splits", "name": "splits", "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [_field("splits/name", "sc:Text", "name of the split"),
                  _field("splits/url", "sc:URL", "its role in Croissant's vocabulary")],
        "data": [{"splits/name": name, "splits/url": role} for name, role in roles.items()],
    }


def _classes(facts: DatasetFacts) -> dict[str, Any]:
    used = facts.classes[facts.classes[["train", "valid"]].sum(axis=1) > 0]
    return {
        "@type": "cr:RecordSet", "@id": "classes", "name": "classes", "dataType": "sc:Enumeration",
        "key": {"@id": "classes/id"},
        "field": [_field("classes/id", "sc:Text", "class_id"), _field("classes/name", "sc:Text", "name of the class")],
        "data": [{"classes/id": row.class_id, "classes/name": row.name} for row in
                 used[["class_id", "name"]].itertuples(index=False)],
    }


def _images() -> dict[str, Any]:
    def column(name: str) -> dict[str, Any]:
        return {"fileObject": {"@id": "manifest.parquet"}, "extract": {"column": name}}

    def joined(name: str, column_name: str, help: str, references: str) -> dict[str, Any]:
        return _field(name, "sc:Text", help) | {"source": column(column_name),
                                                "references": {"field": {"@id": references}}}

    # The pattern matches the whole path: mlcroissant makes a text of a path only where a transform is applied.
    path = {"fileSet": {"@id": "pictures"}, "extract": {"fileProperty": "fullpath"}, "transform": {"regex": "^(.+)$"}}
    content = {"fileSet": {"@id": "pictures"}, "extract": {"fileProperty": "content"}}
    return {
        "@type": "cr:RecordSet", "@id": "images", "name": "images", "description": "One picture of the data set.",
        "key": {"@id": "images/file"},
        "field": [
            _field("images/image", "sc:ImageObject", "the picture") | {"source": content},
            _field("images/file", "sc:Text", "path below the data set's folder")
            | {"source": path, "references": column("file")},
            joined("images/split", "split", "train or valid", "splits/name"),
            joined("images/class_id", "class_id", "class of the car", "classes/id"),
            *(_field(f"images/{name}", type, help) | {"source": column(name)}
              for name, (type, help) in _FIELDS.items()),
        ],
    }


def _field(name: str, type: str, help: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": name, "name": name, "description": help, "dataType": type}
