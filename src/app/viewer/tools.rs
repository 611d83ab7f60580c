//! What is done with rulers, worksheets, masks and networks on the desk.

use super::angles::AngleEdit;
use super::choice::{Layout, Panel, Tool};
use super::command::Edit;
use super::desk::Desk;
use super::labels::Labels;
use super::mask::{MaskDesk, MaskEdit, WantedMask};
use super::network::{NetworkEdit, Said};
use super::roi::RoiEdit;
use super::rulers::{Mark, RulerEdit};
use super::scan::{Layer, NetworkMapKind, Scan};
use super::worksheet::SheetEdit;
use crate::anatomy::HeadPlanes;
use crate::anatomy::bern::Line;
use crate::formats::Place;
use crate::models::Model;
use crate::volume::Plane;
use nalgebra::Point3;
use std::sync::Arc;

impl Desk {
    /// Changes what an edit says; what that changes of the desk can be taken back.
    pub fn change(&mut self, edit: Edit) {
        match edit {
            Edit::Undo => self.undo(),
            Edit::Redo => self.redo(),
            edit => self.undoable(|desk| desk.change_at_once(edit)),
        }
    }

    fn change_at_once(&mut self, edit: Edit) {
        match edit {
            Edit::Tool(tool) => self.set_tool(tool),
            Edit::Ruler(edit) => self.change_ruler(edit),
            Edit::Angle(edit) => self.change_angle(edit),
            Edit::Roi(edit) => self.change_roi(edit),
            Edit::Sheet(edit) => self.change_sheet(edit),
            // What it changes of the picture is drawn by whoever has the GPU.
            Edit::Mask(edit) => drop(self.change_mask(&edit)),
            Edit::Network(edit) => match edit {
                NetworkEdit::Show(open) => self.show_only(Panel::Network, open),
                NetworkEdit::Choose(at) => self.network.chosen = at,
                NetworkEdit::Strongest(percent) => self.network.strongest_percent = percent,
            },
            edit => self.apply(edit),
        }
    }

    pub(super) fn change_ruler(&mut self, edit: RulerEdit) {
        let (crosshair, sheet) = (self.crosshair, self.sheets.shown_mut());
        self.rulers.apply(edit, crosshair, sheet);
        if self.rulers.chosen.is_some() {
            self.angles.chosen = None;
        }
        if let (Some(Mark::Sheet(_)), None) = (self.rulers.chosen, self.rulers.drawing) {
            self.look_after_lengths();
        }
    }

    pub(super) fn change_angle(&mut self, edit: AngleEdit) {
        if self.base().is_none() {
            return;
        }
        self.angles.apply(edit, self.crosshair);
        // What is taken away by a key is what was chosen last.
        if self.angles.chosen.is_some() {
            self.rulers.chosen = None;
        }
    }

    pub(super) fn change_roi(&mut self, edit: RoiEdit) {
        let Some(grid) = self.base().map(|base| base.volume.grid().clone()) else {
            return;
        };
        let slice_mm = |plane: Plane| plane.step_mm(&grid);
        match edit {
            RoiEdit::Begin(shape, plane, at) => {
                let slice_mm = slice_mm(plane);
                self.roi.begin(shape, (plane, at), slice_mm);
                self.choose_no_line();
            }
            RoiEdit::Draw(to) => self.roi.draw(to),
            RoiEdit::Finish => self.roi.finish(),
            RoiEdit::AtCrosshair => {
                let (plane, slice_mm) = (self.active, slice_mm(self.active));
                self.roi.circle(plane, self.crosshair, slice_mm);
                self.choose_no_line();
            }
            RoiEdit::Choose(_) | RoiEdit::Move(..) => {
                self.roi.change(edit);
                self.choose_no_line();
            }
            RoiEdit::Rename(..) | RoiEdit::Delete(_) => self.roi.change(edit),
        }
    }

    /// What is taken away by a key is what was drawn or chosen last.
    fn choose_no_line(&mut self) {
        self.rulers.chosen = None;
        self.angles.chosen = None;
    }

    /// Once the three lengths are there, the mouse is for looking again.
    fn look_after_lengths(&mut self) {
        let sheet = self.sheets.shown();
        if sheet.is_some_and(|sheet| sheet.drawing().is_none()) && self.tool == Tool::Ruler {
            self.tool = Tool::Look;
        }
    }

    /// A tool stays as long as what it works on is there.
    pub(super) fn set_tool(&mut self, tool: Tool) {
        let has_mask = self.mask.as_ref().is_some_and(|mask| mask.open);
        self.tool = match tool.is_of_mask() && !has_mask {
            true => Tool::Look,
            false => tool,
        };
        self.rulers.begun = None;
        self.angles.stop();
    }

    pub(super) fn change_sheet(&mut self, edit: SheetEdit) {
        let mut ends_lengths = false;
        match &edit {
            SheetEdit::Show(open) => self.show_only(Panel::Sheet, *open),
            SheetEdit::Draw(item) => {
                self.set_tool(match item {
                    Some(_) => Tool::Ruler,
                    None => Tool::Look,
                });
            }
            SheetEdit::NotAssessable(_) | SheetEdit::SignNow => ends_lengths = true,
            _ => {}
        }
        if let Err(why) = self.sheets.apply(edit) {
            self.errors.push(why);
        }
        if ends_lengths {
            self.look_after_lengths();
        }
    }

    /// Changes the mask; answers which voxels are drawn otherwise then.
    pub(super) fn change_mask(&mut self, edit: &MaskEdit) -> Vec<usize> {
        if let MaskEdit::Show(open) = edit {
            self.show_only(Panel::Mask, *open);
        }
        let Some(mask) = &mut self.mask else {
            return Vec::new();
        };
        let voxels = mask.apply(edit);
        if let MaskEdit::Choose(Some(id)) = edit
            && let Some(row) = mask.made().clusters.get((*id as usize).wrapping_sub(1))
        {
            let place = Point3::from(row.centroid_mm);
            self.crosshair = self.clamped(place);
            self.choose_no_line();
        }
        voxels
    }

    /// Shows what the chosen scan's file says, in place of the tool that stands at the right, or hides it.
    pub(super) fn show_header(&mut self, open: bool) {
        self.header.show(open);
        if open {
            self.sheets.open = false;
            self.network.open = false;
            if let Some(mask) = &mut self.mask {
                mask.open = false;
            }
            // A tool of the mask ends with it.
            self.set_tool(self.tool);
        }
    }

    /// One panel stands at the right, so that the picture stays large.
    pub(super) fn show_only(&mut self, panel: Panel, open: bool) {
        self.header.show(self.header.open && !open);
        self.sheets.open = open && panel == Panel::Sheet;
        self.network.open = open && panel == Panel::Network;
        if let Some(mask) = &mut self.mask {
            mask.open = open && panel == Panel::Mask;
        }
        if open {
            self.set_layout(Layout::Planes);
        } else {
            self.maximised = None;
        }
        self.set_tool(Tool::Look);
    }

    /// All lines that are shown.
    #[must_use]
    pub fn lines(&self) -> Vec<(Mark, Line)> {
        self.rulers.all(self.sheets.shown())
    }

    /// Whether what a leak network says must not be seen: whoever fills in the worksheet of the scan
    /// must not know it.
    #[must_use]
    pub fn is_hidden(&self, layer: &Layer) -> bool {
        let made = layer.filed.made.as_ref();
        let of_leak = made.filter(|made| matches!(made.kind, NetworkMapKind::Leak));
        of_leak.is_some_and(|made| self.sheets.is_blind_to(&made.of))
    }

    /// The chosen layer, or the first one.
    fn chosen(&self) -> Option<&Layer> {
        self.layers.get(self.selected).or(self.layers.first())
    }

    /// The chosen scan, or that of which a network made the chosen map, or else the first that is no
    /// label map and no map.
    pub(super) fn chosen_signal(&self) -> Option<&Layer> {
        let is_head = |layer: &&Layer| layer.is_signal();
        let made = self.chosen().and_then(|layer| layer.filed.made.as_ref());
        let is_its = |layer: &&Layer| made.is_some_and(|made| Arc::ptr_eq(&made.of, &layer.filed));
        let chosen = self.chosen().filter(is_head);
        let layers = &self.layers;
        chosen
            .or_else(|| layers.iter().find(is_its))
            .or_else(|| layers.iter().find(is_head))
    }

    /// The scan that a leak network is asked about: one of a file, where that says.
    #[must_use]
    pub fn network_scan(&self) -> Option<Arc<Scan>> {
        let layer = self.chosen_signal()?;
        let is_of_file = layer.filed.place.as_ref().and_then(Place::file).is_some();
        is_of_file.then(|| layer.filed.clone())
    }

    /// Shows the worksheet of the chosen scan; answers with the scan whose midsagittal plane is to be
    /// looked for.
    pub(super) fn show_worksheet(&mut self) -> Option<Arc<Scan>> {
        let Some(layer) = self.chosen_signal() else {
            self.errors
                .push("Open a scan of a head for the worksheet".to_owned());
            return None;
        };
        if layer.placement.is_moved() && !self.alignment.before {
            self.errors.push(format!(
                "{} was moved, and a worksheet keeps places as the scan's file has them: show it where its file says first",
                layer.scan.name
            ));
            return None;
        }
        let scan = layer.filed.clone();
        self.show_only(Panel::Sheet, true);
        // The picture needs the room.
        self.side_open = false;
        let is_new = self.sheets.show(&scan);
        if let Some(sheet) = self.sheets.shown() {
            self.tool = match sheet.drawing() {
                Some(_) => Tool::Ruler,
                None => Tool::Look,
            };
        }
        self.show_midline();
        is_new.then_some(scan)
    }

    /// Looks at the midsagittal plane of the open worksheet.
    pub(super) fn show_midline(&mut self) {
        let Some(sheet) = self.sheets.shown() else {
            return;
        };
        if let Some(Ok(planes)) = &sheet.planes {
            let mut at = self.crosshair;
            at.x = planes.sagittal_mm;
            self.crosshair = self.clamped(at);
        }
        self.active = Plane::Sagittal;
        self.maximised = Some(Plane::Sagittal);
    }

    /// Takes in where a head's midsagittal plane lies.
    pub(super) fn take_midline(&mut self, scan: &Arc<Scan>, planes: Result<HeadPlanes, String>) {
        let is_shown = self
            .sheets
            .shown()
            .is_some_and(|of| Arc::ptr_eq(&of.scan, scan));
        let mut is_begun = false;
        if let Some(sheet) = self.sheets.of(scan) {
            sheet.planes = Some(planes);
            is_begun = sheet.n_entered() > 0;
        }
        // Whoever has begun looks where that was entered.
        if is_shown && !is_begun {
            self.show_midline();
        }
    }

    /// Takes in the labels of a scan.
    pub(super) fn take_labels(&mut self, scan: &Arc<Scan>, labels: &Arc<Labels>) {
        let layers = self.layers.iter_mut().enumerate();
        for (at, layer) in layers.filter(|(_, layer)| Arc::ptr_eq(&layer.filed, scan)) {
            layer.labels = Some(labels.clone());
            layer.set_labels(true, at > 0);
        }
    }

    /// Shows the mask that is being looked through, or answers with what is to be opened as one: the
    /// chosen layer, with regions of another one and the scan below.
    pub(super) fn show_mask(&mut self) -> Option<WantedMask> {
        let Some(layer) = self.chosen() else {
            self.errors.push("Open a mask first".to_owned());
            return None;
        };
        let is_this = |mask: &&MaskDesk| Arc::ptr_eq(&mask.source, &layer.filed);
        if self.mask.as_ref().filter(is_this).is_some() {
            self.show_only(Panel::Mask, true);
            return None;
        }
        if layer.placement.is_moved() && !self.alignment.before {
            self.errors.push(format!(
                "{} was moved, and a mask is mended where its file says: show it there first",
                layer.scan.name
            ));
            return None;
        }
        Some(self.wanted_mask(layer))
    }

    /// What a layer is looked through with as a mask.
    pub(super) fn wanted_mask(&self, layer: &Layer) -> WantedMask {
        let others = self
            .layers
            .iter()
            .filter(|other| !Arc::ptr_eq(&other.filed, &layer.filed));
        let regions = others.clone().find_map(|other| {
            // Two labels at least: another mask says nothing of regions.
            let labels = other.shown_labels()?;
            let tells = labels.map.labels().count() > 1 && other.filed.made.is_none();
            tells.then(|| labels.clone())
        });
        let is_on_grid = |scan: &&Arc<Scan>| scan.volume.grid() == layer.filed.volume.grid();
        let signals = others.clone().filter(|other| other.is_signal());
        let below = signals.map(|other| &other.filed).find(is_on_grid);
        // What a network made lies on its scan, whether that is open still or not.
        let made = layer.filed.made.as_ref().map(|made| &made.of);
        let below = made.filter(is_on_grid).or(below);
        WantedMask {
            source: layer.filed.clone(),
            labels: layer.labels.clone(),
            regions,
            scan: below.map(|below| below.volume.clone()),
        }
    }

    /// Looks through a mask from now on. The layer that it came from is drawn by it.
    pub(super) fn take_mask(&mut self, mut mask: MaskDesk) {
        if let Some(before) = &self.mask {
            mask.by.clone_from(&before.by);
        }
        let mut layers = self.layers.iter_mut();
        // Its scan may have been closed meanwhile.
        let Some(layer) = layers.find(|layer| Arc::ptr_eq(&layer.filed, &mask.source)) else {
            return;
        };
        layer.visible = false;
        self.mask = Some(mask);
        self.show_only(Panel::Mask, true);
        self.side_open = false;
    }

    /// Takes in a network from a file.
    pub(super) fn take_network(&mut self, model: Model) {
        let name = model.card.name.clone();
        self.network.add([model]);
        let mut models = self.network.models.iter();
        if let Some(at) = models.position(|model| model.card.name == name) {
            self.network.chosen = at;
        }
    }

    /// Takes in what a network says, in place of what it said before; its map comes as layers.
    pub(super) fn take_said(&mut self, said: Arc<Said>) {
        let before = self.network.said.replace(said.clone());
        let maps_of = |said: &Said| {
            said.map
                .as_ref()
                .map_or_else(Vec::new, |map| map.scans.clone())
        };
        let maps = before.as_deref().map_or_else(Vec::new, maps_of);
        self.exchange_maps(&maps, &maps_of(&said));
    }

    /// Closes maps that say nothing any more, and shows others over all.
    pub(super) fn exchange_maps(&mut self, before: &[Arc<Scan>], now: &[Arc<Scan>]) {
        for scan in before {
            let at = self
                .layers
                .iter()
                .position(|layer| Arc::ptr_eq(&layer.filed, scan));
            if let Some(at) = at {
                self.apply(Edit::Close(at));
            }
            // What it shows is out of date, or hidden: undo must not bring it back.
            self.history.forget(scan);
        }
        let selected = self.selected;
        for scan in now {
            self.add(scan.clone(), None);
        }
        // The head stays chosen: the next question is about it.
        self.selected = selected;
    }
}
