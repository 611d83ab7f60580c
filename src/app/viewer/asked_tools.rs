//! What worksheets, masks, networks and pictures ask for.

use super::asked;
use super::command::Request;
use super::context::SeenPanes;
use super::desk::Desk;
use super::jobs::ViewerJobs;
use super::network::NetworkTask;
use super::panels::picture_request;
use super::picture::PictureDesk;
use super::sessions::Next;
use super::step::Step;

/// Gives jobs what is asked for; answers the step that is to be taken.
pub(super) fn ask_tools(
    desk: &mut Desk,
    jobs: &ViewerJobs,
    seen: &SeenPanes,
    request: Request,
) -> Next {
    let is_busy = jobs.running.is_busy();
    match request {
        Request::Labels { scan, table } => jobs.labels(scan, table),
        Request::Worksheet => {
            let mut wanted = None;
            desk.undoable(|desk| wanted = desk.show_worksheet());
            if let Some(scan) = wanted {
                jobs.examine(scan);
            }
        }
        Request::SaveSheet(path) => {
            if let Some(sheet) = desk.sheets.shown()
                && let Some(signed) = sheet.signed.clone()
            {
                jobs.save_sheet(sheet.scan.clone(), signed, path);
            }
        }
        Request::Mask => {
            let mut wanted = None;
            desk.undoable(|desk| wanted = desk.show_mask());
            if let Some(wanted) = wanted {
                return Next::Step(Step::OpenMask(Box::new(wanted)));
            }
        }
        Request::SaveMask(folder) => {
            if let Some(mask) = &desk.mask {
                jobs.save_mask(mask, folder);
            }
        }
        Request::OpenNetwork(path) => jobs.open_network(path),
        Request::AskNetwork { map } => {
            if let (Some(model), Some(scan)) = (desk.network.model(), desk.network_scan()) {
                let strongest = desk.network.strongest_percent;
                jobs.ask_network(model.clone(), scan, map, strongest);
            }
        }
        Request::MarkSpaces => {
            if let (Some(question), false) = (desk.question(NetworkTask::Spaces), is_busy) {
                jobs.mark_spaces(question);
            }
        }
        Request::CountSpaces => {
            if let (Some(question), false) = (desk.question(NetworkTask::Counts), is_busy) {
                jobs.count_spaces(question);
            }
        }
        Request::SaveCount(folder) => {
            if let Some(counted) = desk.network.counted.clone() {
                jobs.save_count(counted, folder);
            }
        }
        Request::SaveMap(folder) => {
            let said = desk.network.said.clone();
            if let Some(said) = said.filter(|said| said.map.is_some()) {
                jobs.save_map(said, folder);
            }
        }
        Request::CopyPicture(of, pane) => match picture_request(desk, seen, of, pane) {
            Ok(request) => {
                let with_names = desk.picture.choice.with_names;
                jobs.copy_picture(request, with_names);
            }
            Err(why) => desk.errors.push(why),
        },
        Request::SavePicture(path) => {
            let PictureDesk { choice, pane, .. } = desk.picture;
            match picture_request(desk, seen, choice.of, pane) {
                Ok(request) => {
                    desk.picture.open = false;
                    jobs.save_picture(request, path);
                }
                Err(why) => desk.errors.push(why),
            }
        }
        other => asked::ask(desk, jobs, other),
    }
    Next::Nothing
}
