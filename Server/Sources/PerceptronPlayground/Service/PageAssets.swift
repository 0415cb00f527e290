import HTTPTypes
import Hummingbird

/// The page's files, which are part of the program: a copied binary is all there is to install.
enum PageAssets {
  /// A file by the name it is asked for.
  static func file(_ name: String) -> (type: String, bytes: [UInt8])? {
    guard let bytes = files[name] else { return nil }
    let type =
      switch name.split(separator: ".").last {
      case "html": "text/html; charset=utf-8"
      case "css": "text/css; charset=utf-8"
      case "svg": "image/svg+xml"
      default: "text/javascript; charset=utf-8"
      }
    return (type, bytes)
  }

  private static let files: [String: [UInt8]] = [
    "index.html": PackageResources.index_html,
    "page.css": PackageResources.page_css,
    "controls.css": PackageResources.controls_css,
    "icon.svg": PackageResources.icon_svg,
    "main.mjs": PackageResources.main_mjs,
    "store.mjs": PackageResources.store_mjs,
    "transport.mjs": PackageResources.transport_mjs,
    "controls.mjs": PackageResources.controls_mjs,
    "network.mjs": PackageResources.network_mjs,
    "output.mjs": PackageResources.output_mjs,
    "heatmap.mjs": PackageResources.heatmap_mjs,
    "charts.mjs": PackageResources.charts_mjs,
    "inspector.mjs": PackageResources.inspector_mjs,
    "backward.mjs": PackageResources.backward_mjs,
    "numbers.mjs": PackageResources.numbers_mjs,
    "theme.mjs": PackageResources.theme_mjs,
  ]
}
